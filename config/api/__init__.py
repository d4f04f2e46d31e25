"""The API under /api/v1/: which resources there are, and what all of them have in common."""
