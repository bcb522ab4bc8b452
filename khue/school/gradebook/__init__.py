"""The gradebook: marks, results and promotion by the circulars."""
