"""Every figure of the catalogue against rows that are counted by hand."""
