"""The tree of RFC 6962: known answers, the definition itself, and the outsider's way back up."""

import hashlib

import pytest

from registry.sealing import outside, tree

# From the tests of Certificate Transparency's own tree.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
MANY = [tree.leaf_hash(str(number).encode()) for number in range(70)]


def mth(leaves):
    """The definition, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def grown(leaves):
    known = {(0, place): leaf for place, leaf in enumerate(leaves)}
    growing = tree.Growing(made=lambda level, number, value: known.update({(level, number): value}))
    for leaf in leaves:
        growing.add(leaf)
    return growing, known


def test_roots_are_those_of_certificate_transparency():
    growing = tree.Growing()
    assert growing.root().hex() == hashlib.sha256().hexdigest()
    for entry, root in zip(ENTRIES, ROOTS, strict=True):
        growing.add(tree.leaf_hash(entry))
        assert growing.root().hex() == root


def test_paths_are_those_of_certificate_transparency():
    _, known = grown([tree.leaf_hash(entry) for entry in ENTRIES])

    way = [tree.root_of(*one, known).hex() for one in tree.inclusion(5, 8)]
    assert way == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    way = [tree.root_of(*one, known).hex() for one in tree.consistency(6, 8)]
    assert way == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_growing_from_any_size_gives_the_same_root():
    for size in range(len(MANY)):
        growing, _ = grown(MANY[:size])
        again = tree.Growing(size, growing.parts)
        again.add(MANY[size])
        assert again.root() == mth(MANY[: size + 1])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 64, 70])
def test_every_leaf_is_proved_and_nothing_else(size):
    growing, known = grown(MANY[:size])
    for place in range(size):
        path = [tree.root_of(*one, known) for one in tree.inclusion(place, size)]
        assert outside.root_above(MANY[place], place, size, path) == growing.root()
        assert outside.root_above(b"\0" * 32, place, size, path) != growing.root()
        assert (
            outside.root_above(MANY[place], place, size, [*path, path[0] if path else b""]) is None
        )
        if path:
            assert outside.root_above(MANY[place], place, size, path[:-1]) != growing.root()


@pytest.mark.parametrize("size", [1, 2, 6, 8, 33, 70])
def test_every_earlier_tree_is_proved_and_no_other(size):
    root = mth(MANY[:size])
    _, known = grown(MANY[:size])
    for old in range(size + 1):
        path = [tree.root_of(*one, known) for one in tree.consistency(old, size)]
        before = mth(MANY[:old])
        assert outside.continues((old, before), (size, root), path)
        if old:
            assert not outside.continues((old, b"\1" * 32), (size, root), path)
            assert not outside.continues((old, before), (size, b"\1" * 32), path)
            assert not outside.continues((old, before), (size, root), [*path, root])
