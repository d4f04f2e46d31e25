"""A nation made from nothing but numbers, of the size asked for or the largest the disk holds."""

from bench.nation.making import Sizes, clear, fitting, make, top_up_titles
from bench.nation.rows import Nation

__all__ = ["Nation", "Sizes", "clear", "fitting", "make", "top_up_titles"]
