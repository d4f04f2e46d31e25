"""What people fill in about firms, factories and themselves, one module per subject."""
