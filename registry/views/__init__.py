"""Pages about firms, factories, people and messages, one module per subject."""
