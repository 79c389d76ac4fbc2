"""`demo`: a small clinic in the browser."""

from __future__ import annotations


def demo() -> None:
    """Show the main job."""
    raise NotImplementedError
