"""Pages of the operations centre, by noun."""
