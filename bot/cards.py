"""Safety cards and visits as screens, for whoever holds the phone."""

from __future__ import annotations
