"""Pages and the device's door."""
