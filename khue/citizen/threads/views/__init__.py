"""Pages of messages, announcements, office hours and complaints."""
