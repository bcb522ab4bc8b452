"""Report cards: composed from approved results, signed, kept and verified (S06)."""
