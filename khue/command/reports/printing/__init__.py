"""Reports on paper and in Excel, by the form."""
