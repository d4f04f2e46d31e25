"""The demo world: what stands in it (``*.toml``), and how it comes about by real acts."""
