"""Resources of the cases, rounds, filing lists and the public register."""
