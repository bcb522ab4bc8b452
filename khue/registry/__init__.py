"""Who learns, who teaches, where and what: the sector database (S01 S02 S03)."""
