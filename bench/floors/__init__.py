"""The least that each measured thing can cost: a floor to a file, written without the product."""
