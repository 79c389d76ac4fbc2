"""What an admin or lead sees."""
