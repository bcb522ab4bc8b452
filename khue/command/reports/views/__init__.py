"""Pages of the statistical reports."""
