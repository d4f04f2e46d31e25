"""Template tags of the tiers app."""
