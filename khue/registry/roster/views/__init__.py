"""Pages of the roster, by noun."""
