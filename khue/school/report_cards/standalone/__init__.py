"""Programs that stand alone: given to others, with nothing of Khuê in them."""
