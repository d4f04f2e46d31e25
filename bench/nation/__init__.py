"""A nation made from nothing but numbers, as large as asked for or as there is room for."""

from bench.nation.making import (
    Sizes,
    clear,
    data_folder,
    fitting,
    in_memory,
    make,
    seconds,
    top_up_titles,
)
from bench.nation.rows import Nation

__all__ = [
    "Nation",
    "Sizes",
    "clear",
    "data_folder",
    "fitting",
    "in_memory",
    "make",
    "seconds",
    "top_up_titles",
]
