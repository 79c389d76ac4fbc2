"""`python -m bot` is `gentlehours`."""

from bot.cli import main

main()
