"""What Telegram says when it says no: one exception, with its real numbers and words."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer with ok=false. `code` is the HTTP status too; `parameters` carries retry_after."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON that goes over the wire."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad(description: str) -> Refused:
    """400, with Telegram's prefix."""
    return Refused(400, f"Bad Request: {description}")


def forbidden(description: str) -> Refused:
    """403: the person or the group does not let the bot in."""
    return Refused(403, f"Forbidden: {description}")


def conflict(description: str) -> Refused:
    """409: two ways of getting updates at once."""
    return Refused(409, f"Conflict: {description}")


def not_found() -> Refused:
    """404: no such method, file or bot."""
    return Refused(404, "Not Found")


def too_many(seconds: int) -> Refused:
    """429: flood control."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class Impossible(Exception):
    """Something that no hand can do with a phone: a button that is not there, a message to a blocked bot."""
