"""Pure functions under everything: no database, no web."""
