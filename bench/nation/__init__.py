"""A nation made from nothing but numbers, as large as asked for or as there is room for."""

from bench.nation.making import clear, data_folder, make, top_up_titles
from bench.nation.room import Sizes, fitting, free_bytes, in_memory, place, seconds
from bench.nation.rows import Nation

__all__ = [
    "Nation",
    "Sizes",
    "clear",
    "data_folder",
    "fitting",
    "free_bytes",
    "in_memory",
    "make",
    "place",
    "seconds",
    "top_up_titles",
]
