"""Bad luck on order: lost answers, floods, slow methods, updates that come twice."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

from bot.simulator.errors import Refused, too_many

Kind = Literal["lost", "dropped", "flood", "error", "delay", "late"]
KINDS: tuple[Kind, ...] = ("lost", "dropped", "flood", "error", "delay", "late")


@dataclass
class Fault:
    """What happens to the next `count` calls of `method` ("*" for any but getUpdates; "file": a download).

    lost: done, then the connection closes without an answer. dropped: not done, the connection closes.
    flood: 429 with `retry_after`. error: `code`, not done. delay: `seconds` before it is done.
    late: `seconds` between doing and answering. `chat_id` narrows it to one chat.
    """

    kind: Kind
    method: str = "*"
    count: int = 1
    code: int = 502
    retry_after: int = 1
    seconds: float = 0.0
    chat_id: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}.")

    def refusal(self) -> Refused | None:
        """The error to answer with, for the kinds that answer."""
        if self.kind == "flood":
            return too_many(self.retry_after)
        if self.kind == "error":
            names = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
            return Refused(self.code, names.get(self.code, "Internal Server Error"))
        return None


class Faults:
    """The faults waiting for their call, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault for this call, one use of it spent."""
        for fault in self.waiting:
            any_call = fault.method == "*" and method not in ("getUpdates", "file")
            named = any_call or fault.method.lower() == method.lower()
            if named and fault.chat_id in (None, chat_id):
                fault.count -= 1
                if fault.count <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Flood:
    """Telegram's pacing, off until a test or a load run switches it on. Each limit is (messages, seconds)."""

    on: bool = False
    overall: tuple[int, float] = (30, 1.0)
    chat: tuple[int, float] = (3, 3.0)
    group: tuple[int, float] = (20, 60.0)
    _sent: defaultdict[int | None, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, chat_id: int) -> None:
        """Count one message to this chat. Raises: Refused 429 with the seconds to wait."""
        if not self.on:
            return
        now = time.monotonic()
        limits: list[tuple[int | None, tuple[int, float]]] = [
            (None, self.overall),
            (chat_id, self.group if chat_id < 0 else self.chat),
        ]
        for key, (most, seconds) in limits:
            sent = self._sent[key]
            while sent and sent[0] <= now - seconds:
                sent.popleft()
            if len(sent) >= most:
                raise too_many(max(1, int(sent[0] + seconds - now) + 1))
        for key, _ in limits:
            self._sent[key].append(now)
