"""Pages of the self-assessment, one module per concept."""
