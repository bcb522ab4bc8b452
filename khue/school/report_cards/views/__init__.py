"""Pages of report cards."""
