"""Every read of the operations centre, by noun."""
