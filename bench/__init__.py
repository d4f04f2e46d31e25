"""Times worth watching, each beside the floor that it cannot beat."""
