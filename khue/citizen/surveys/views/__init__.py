"""Pages of consent slips and surveys: what one answers, what one makes and reads."""
