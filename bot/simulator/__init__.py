"""A Telegram of our own: the Bot API on this machine, phones for tests to hold, a page that shows them."""
