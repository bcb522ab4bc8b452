"""Demo provinces made by code from a seed: the same seed gives the same rows, in a second database too."""
