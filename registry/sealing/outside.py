"""The checker that is handed out: proofs, heads and keys from files, whatever of them one has.

Its way up the tree is that of RFC 9162 (2.1.3.2 and 2.1.4.2), not the one by which the portal makes
its proofs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.sealing.tree import EMPTY, leaf_hash, parent
from registry.signing.verifying import (
    Missing,
    PublicKey,
    Unreadable,
    Verdict,
    read_keys,
    verify_document,
)

ABOUT = "核对智能工厂名录的登记存证。参数是从“登记存证”页面和工厂页面下载的文件，可以同时给出多个。"
HEAD_PURPOSE = "record-head"
Document = dict[str, Any]


def root_above(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes | None:
    """The root to which a leaf at that place leads; None where the way has not that length."""
    if not 0 <= position < size:
        return None
    here, last, value = position, size - 1, leaf
    for other in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            value = parent(other, value)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            value = parent(value, other)
        here, last = here >> 1, last >> 1
    return value if last == 0 else None


def continues(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> bool:
    """Whether the newer tree (size and root) begins with all the leaves of the older one."""
    (size, root), (new_size, new_root) = old, new
    if size == 0 or size == new_size:
        return not path and (root == (EMPTY if size == 0 else new_root))
    if size > new_size or not path:
        return False
    ways = path if size & (size - 1) else [root, *path]
    here, last = size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    first = second = ways[0]
    for other in ways[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            first, second = parent(other, first), parent(other, second)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            second = parent(second, other)
        here, last = here >> 1, last >> 1
    return last == 0 and (first, second) == (root, new_root)


class Checker:
    """Takes documents in, then says what holds and what does not."""

    def __init__(self) -> None:
        self.keys: dict[str, PublicKey] = {}
        self.heads: dict[int, Document] = {}
        self.lines: list[str] = []
        self.faults: list[str] = []
        self._later: list[tuple[Any, Document]] = []

    def take(self, document: Document) -> None:
        """One file, whichever of the kinds it is."""
        kind = str(document.get("format", "")).partition("/")[0]
        if kind == "smart-factory-keys":
            self.keys |= read_keys(document)
        elif kind == "smart-factory-record-heads":
            self._later.append((self._chain, document))
        elif kind == "smart-factory-record-proof":
            self._later.append((self._record, document))
        elif kind == "smart-factory-record-consistency":
            self._later.append((self._consistency, document))
        else:
            raise Unreadable("不是登记存证的文件")

    def run(self) -> None:
        for check, document in self._later:
            check(document)
        if not self.keys:
            self.lines.append("注意：没有给出公布的密钥文件（keys.json），各期存证的签名没有核对。")

    def _say(self, holds: bool, line: str) -> None:
        (self.lines if holds else self.faults).append(line)

    def _head(self, head: Document) -> Document:
        """The content of a head: signed by a key of ours, and the same wherever it is met."""
        content: Document = head["content"]
        number = content["number"]
        known = self.heads.setdefault(number, content)
        if known != content:
            self.faults.append(f"第 {number} 期存证：两份文件中的内容不一样，有人改动过")
        if self.keys:
            self._signature(head, number)
        return content

    def _signature(self, head: Document, number: int) -> None:
        if not head["signature"]:
            self.faults.append(f"第 {number} 期存证没有签名")
            return
        verdict = verify_document(head, self.keys, purpose=HEAD_PURPOSE)
        if verdict == Verdict.UNKNOWN_KEY:
            self.faults.append(f"第 {number} 期存证：签名密钥不在密钥文件中，请重新下载")
        elif verdict != Verdict.GENUINE:
            self.faults.append(f"第 {number} 期存证：签名不符")

    def _chain(self, document: Document) -> None:
        """Heads from the first to the newest, each naming the one before."""
        before: Document = {"number": 0, "size": 0, "root": "", "day": ""}
        for head in document["heads"]:
            content = self._head(head)
            follows = (
                content["number"] == before["number"] + 1
                and content["size"] >= before["size"]
                and content["day"] > before["day"]
                and content["previous"] == before["root"]
            )
            if not follows:
                self.faults.append(f"第 {content['number']} 期存证与上一期不衔接")
            before = content
        self._say(True, f"各期存证：读到第 {before['number']} 期（{before['day']}）")

    def _record(self, document: Document) -> None:
        head = self._head(document["head"])
        for record in document["records"]:
            leaf = leaf_hash(bytes.fromhex(record["salt"]) + record["text"].encode())
            root = root_above(leaf, record["position"], head["size"], _path(record))
            holds = root is not None and root.hex() == head["root"]
            word = (
                f"已登记在第 {head['number']} 期存证中" if holds else "不在存证中，内容可能被改动"
            )
            self._say(holds, f"第 {record['position']} 条{word}：{record['text']}")

    def _consistency(self, document: Document) -> None:
        old, new = self._head(document["old"]), self._head(document["new"])
        ends = [(head["size"], bytes.fromhex(head["root"])) for head in (old, new)]
        holds = continues(ends[0], ends[1], _path(document))
        word = "完整保留了" if holds else "没有完整保留"
        self._say(holds, f"第 {new['number']} 期存证{word}第 {old['number']} 期的全部条目")


def _path(document: Document) -> list[bytes]:
    return [bytes.fromhex(one) for one in document["path"]]


def _read(files: list[Path]) -> Iterator[Document]:
    for file in files:
        try:
            yield json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unreadable(f"{file} 读不出，请重新下载") from error


def main(arguments: list[str]) -> int:
    """0 if all holds, 1 if something does not, 2 if it could not be checked."""
    parser = argparse.ArgumentParser(description=ABOUT)
    parser.add_argument("file", nargs="+", type=Path, help="存证证明、各期存证、衔接证明、密钥文件")
    checker = Checker()
    try:
        for document in _read(parser.parse_args(arguments).file):
            checker.take(document)
        checker.run()
    except Missing as error:
        print(f"缺少 Python 软件包 {error}，请先安装：pip install {error}", file=sys.stderr)
        return 2
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    except (AttributeError, KeyError, TypeError, ValueError):
        print("文件内容不完整，请重新下载后再核对", file=sys.stderr)
        return 2
    print("\n".join([*checker.lines, *checker.faults]))
    print("结论：发现问题" if checker.faults else "结论：没有发现问题")
    return 1 if checker.faults else 0
