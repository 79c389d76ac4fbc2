"""The queue of updates towards the bot: long polling for one poller at a time, or a webhook."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from bot.simulator.errors import bad, conflict

if TYPE_CHECKING:
    from bot.simulator.webhook import Webhook

Json = dict[str, Any]

KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    ]
)
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"


class Updates:
    """Updates with rising ids, kept until the bot acknowledges them by offset or by a 200 to the webhook."""

    def __init__(self, changed: Callable[[], Any]) -> None:
        self.pending: deque[Json] = deque()
        self.allowed: frozenset[str] | None = None
        self.webhook: Webhook | None = None
        self.next_id = 700_000_001
        self.taken = 0
        self._changed = changed
        self._poller: asyncio.Future[str] | None = None
        self._closed = False
        self._acknowledged: deque[Json] = deque(maxlen=200)
        self._again: list[Json] = []
        self._twice = 0

    # --- from the phones ---

    def put(self, kind: str, content: Json) -> Json | None:
        """Queue an update. None if the bot said that it does not want this kind."""
        if not self.wants(kind):
            return None
        update = {"update_id": self.next_id, kind: content}
        self.next_id += 1
        self.pending.append(update)
        self._wake("news")
        self._changed()
        return update

    def wants(self, kind: str) -> bool:
        """True if `kind` is among allowed_updates, or in Telegram's default."""
        return kind not in NOT_BY_DEFAULT if self.allowed is None else kind in self.allowed

    def twice(self, count: int) -> None:
        """Deliver each of the next `count` acknowledged updates a second time, under its old id."""
        self._twice += count

    def redeliver(self, count: int) -> int:
        """Deliver the last `count` acknowledged updates again, as after a lost acknowledgement."""
        again = list(self._acknowledged)[-count:]
        self._again.extend(again)
        self._wake("news")
        return len(again)

    # --- to the bot ---

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Keep the list of wanted kinds for updates made from now on; an empty list is the default."""
        if kinds is None:
            return
        known = frozenset(kind for kind in kinds if kind in KINDS)
        self.allowed = known or None

    def acknowledge(self, done: Callable[[Json], bool]) -> None:
        """Forget the updates for which `done` says so."""
        kept: deque[Json] = deque()
        for update in self.pending:
            if not done(update):
                kept.append(update)
                continue
            self.taken += 1
            self._acknowledged.append(update)
            if self._twice:
                self._twice -= 1
                self._again.append(update)
        if len(kept) != len(self.pending):
            self.pending = kept
            self._changed()

    async def poll(self, offset: int, limit: int, seconds: float, allowed: list[str] | None) -> list[Json]:
        """Answer getUpdates. A poll that waits is ended with 409 by the next one, as Telegram does.

        Raises: Refused 409 with a webhook set or another poller, 400 for a wrong limit.
        """
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        if not 1 <= limit <= 100:
            limit = 100
        self.allow(allowed)
        if offset > 0:
            self.acknowledge(lambda update: update["update_id"] < offset)
        elif offset < 0:
            newest = list(self.pending)[offset:]
            keep = {update["update_id"] for update in newest}
            self.acknowledge(lambda update: update["update_id"] not in keep)
        self._wake(TERMINATED)
        deadline = time.monotonic() + min(max(seconds, 0.0), 50.0)
        while not (self.pending or self._again or self._closed):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            mine = self._poller = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(left):
                    word = await mine
            except TimeoutError:
                break
            finally:
                if self._poller is mine:
                    self._poller = None
            if word != "news":
                raise conflict(word)
        again = self.repeats(limit)
        ready = [*again, *list(self.pending)[: limit - len(again)]]
        return sorted(ready, key=lambda update: int(update["update_id"]))

    def repeats(self, limit: int = 100) -> list[Json]:
        """Take the updates that are due a second time."""
        again, self._again = self._again[:limit], self._again[limit:]
        return again

    def end_poll(self, why: str) -> None:
        """End a waiting poll with 409, as setWebhook does."""
        self._wake(why)

    def close(self) -> None:
        """Answer a waiting poll with what there is, and every later one at once."""
        self._closed = True
        self._wake("news")

    def _wake(self, word: str) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(word)


def wanted(value: Any) -> list[str] | None:
    """allowed_updates as a list. Raises: Refused 400 for anything but a list of names."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(kind, str) for kind in value):
        raise bad("can't parse allowed updates list JSON object")
    return value
