"""Reads of messages and announcements: conversations, whom one may write to, announcements, complaints."""
