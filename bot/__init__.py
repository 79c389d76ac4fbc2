"""What people see and get: chat turns, delivery, words."""
