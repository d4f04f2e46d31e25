"""A nation made from nothing but numbers, as large as asked for or as there is room for."""

from bench.nation.keeping import copy, drop, inside, kept_name, said_of
from bench.nation.making import clear, data_folder, make, top_up_titles
from bench.nation.room import Sizes, fitting, free_bytes, in_memory, place, seconds
from bench.nation.rows import Nation

__all__ = [
    "Nation",
    "Sizes",
    "clear",
    "copy",
    "data_folder",
    "drop",
    "fitting",
    "free_bytes",
    "in_memory",
    "inside",
    "kept_name",
    "make",
    "place",
    "said_of",
    "seconds",
    "top_up_titles",
]
