"""Writers: each turns any document into one form and knows nothing of what it is about."""
