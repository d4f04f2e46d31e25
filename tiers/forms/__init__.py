"""Forms of the pages in tiers."""
