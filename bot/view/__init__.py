"""Between Telegram's types and ours: reading updates, putting screens into words, sending them."""
