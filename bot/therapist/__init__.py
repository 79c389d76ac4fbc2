"""What a therapist sees."""
