"""Template tags shared by the pages of every app."""
