"""Pages: the start page of every role, and what is counted."""
