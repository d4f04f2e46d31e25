"""A nation made from nothing but numbers, of the size asked for or the largest the disk holds."""

from bench.nation.making import Sizes, fitting, make, top_up_titles

__all__ = ["Sizes", "fitting", "make", "top_up_titles"]
