"""Reviewed data: the safety policy, the red-flag words, the messages after a visit, an example clinic."""
