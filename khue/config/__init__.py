"""Settings, routes and entry points of the one Django application."""
