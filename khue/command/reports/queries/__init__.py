"""Every read of the statistical reports."""
