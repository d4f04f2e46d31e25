"""Pages of the cases, rounds, filing lists, titles and the public register."""
