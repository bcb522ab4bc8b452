"""Pages of the family's app, and the school's pages about links and corrections."""
