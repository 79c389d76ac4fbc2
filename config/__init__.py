"""The ground everybody may stand on: settings, database, clock, encryption, reviewed data."""
