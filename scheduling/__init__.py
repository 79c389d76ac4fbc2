"""Who, when, with whom: appointments, availability, moves and reminders."""
