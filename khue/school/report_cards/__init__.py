"""Digital report cards: composed from approved results, signed in order, kept for ever, verified by anyone (S06)."""
