"""What every module stands on; the kernel knows no module."""
