"""Pages of accounts, split by noun."""
