"""What /start does, what Home is for each role, and what happens when the program starts."""

from __future__ import annotations
