"""Tests mirror the packages. They run on SQLite and on a real PostgreSQL, over a real python-telegram-bot."""
