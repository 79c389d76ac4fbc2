"""One phone in the hand of a test: what it shows, and what its owner does with it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.simulator.errors import Impossible
from bot.simulator.shown import Message, Toast
from bot.simulator.shown import message as shown_message

if TYPE_CHECKING:
    from bot.simulator.client import _Driver

Json = dict[str, Any]


Wanted = str | Callable[[Message], Any]


class Phone:
    """A person's phone, open at the chat with the bot. Acts return at once; `quiet` and `expect` wait."""

    def __init__(self, driver: _Driver, user_id: int, first_name: str) -> None:
        self.driver = driver
        self.id = self.chat_id = user_id
        self.first_name = first_name
        self.seen = 0
        self.mark = 0
        self._messages: dict[int, Message] = {}
        self._shown: Json = {"keyboard": None, "commands": [], "toasts": []}

    # --- what it shows ---

    def see(self, shown: Json) -> None:
        """Take over what is new in the chat (the driver calls this)."""
        for one in shown["messages"]:
            self._messages[one["id"]] = shown_message(one)
        self._shown = shown
        self.seen = shown["seq"]

    def _fresh(self) -> None:
        look = getattr(self.driver, "look", None)
        if look is not None:
            look(self)

    @property
    def history(self) -> list[Message]:
        """Every message that ever stood in the chat, deleted ones too, oldest first."""
        self._fresh()
        return [self._messages[number] for number in sorted(self._messages)]

    @property
    def messages(self) -> list[Message]:
        """What the chat shows now, own messages too, oldest first."""
        return [message for message in self.history if not message.deleted]

    @property
    def received(self) -> list[Message]:
        """What the chat shows of the bot, oldest first."""
        return [message for message in self.messages if not message.mine]

    @property
    def last(self) -> Message:
        """The lowest message of the bot. Raises: IndexError if there is none."""
        return self.received[-1]

    @property
    def live(self) -> Message:
        """The bot's message that was sent or edited last. Raises: IndexError if there is none."""
        return sorted(self.received, key=lambda message: message.changed)[-1]

    @property
    def toasts(self) -> list[Toast]:
        """Every toast and alert so far."""
        self._fresh()
        return [Toast(one["text"], one["alert"]) for one in self._shown["toasts"]]

    @property
    def keyboard(self) -> list[list[str]]:
        """The labels of the reply keyboard, row by row; empty without one."""
        self._fresh()
        rows = (self._shown["keyboard"] or {}).get("keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    @property
    def commands(self) -> list[str]:
        """The command menu, names only."""
        self._fresh()
        return [command["command"] for command in self._shown["commands"]]

    def message(self, number: int) -> Message:
        """A message by its id."""
        self._fresh()
        return self._messages[number]

    def __str__(self) -> str:
        return f"{self.first_name}'s chat:\n" + "\n".join(f"  {message}" for message in self.history[-8:])

    # --- what its owner does ---

    async def act(self, act: str, /, **more: Any) -> Json:
        """Any act of bot.simulator.hands, by its name. Raises: Impossible."""
        for key, value in more.items():
            if isinstance(value, bytes):
                more[key] = base64.b64encode(value).decode()
        await self.driver.refresh(self)
        self.mark = self.seen
        done: Json = await self.driver.ask("act", {"user": self.id, "act": act, **more})
        await self.driver.refresh(self)
        return done

    async def start(self, payload: str | None = None) -> None:
        """Press Start, with the payload of a deep link."""
        await self.act("start", payload=payload)

    async def say(self, text: str, group: int | None = None) -> int:
        """Type and send, to the bot or into a group. Returns the id of the (last) message."""
        return int((await self.act("say", text=text, chat_id=group))["message"])

    async def add_bot(self, group: int) -> None:
        """Add the bot to a group."""
        await self.act("add_bot", chat_id=group)

    async def remove_bot(self, group: int) -> None:
        """Remove the bot from a group."""
        await self.act("remove_bot", chat_id=group)

    async def edit(self, message_id: int, text: str) -> None:
        """Edit an own message."""
        await self.act("edit", message_id=message_id, text=text)

    async def tap(self, *what: str, message: Message | None = None, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Tap the buttons with these labels (or data, or codes), one after the other, quiet in between.

        Each is looked for on `message`, else on the newest message that carries it, else on the reply
        keyboard, and waited for up to `timeout` seconds. Raises: AssertionError with the chat if not.
        """
        for number, one in enumerate(what):
            if number:
                await self.driver.quiet()
            await self._tap(one, message, timeout)

    async def _tap(self, what: str, message: Message | None, timeout: float) -> None:  # noqa: ASYNC109
        deadline = time.monotonic() + timeout
        while True:
            for shown in [self.message(message.id)] if message else reversed(self.received):
                button = shown.button(what)
                if button is not None and button.data is not None:
                    await self.tap_data(button.data, shown.id)
                    return
                if button is not None:
                    raise Impossible(f"[{what}] opens {button.url}")
            if message is None and any(what in row for row in self.keyboard):
                await self._press(what)
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"no button {what!r} in {self}")
            await self.driver.wait(0.1)
            await self.driver.refresh(self)

    async def _press(self, label: str) -> None:
        for row in self._shown["keyboard"]["keyboard"]:
            for button in row:
                if button["text"] == label and button.get("request_contact"):
                    await self.share_contact()
                    return
        await self.say(label)

    async def tap_data(self, data: str, message_id: int | None = None) -> str:
        """Send a tap with any data, as a changed app could. Returns the id of the query."""
        number = self.last.id if message_id is None else message_id
        return str((await self.act("tap", message_id=number, data=data))["query"])

    async def share_contact(self, own: bool = True) -> None:
        """Share the own number, or somebody else's."""
        await self.act("share_contact", own=own)

    async def send_photo(self, data: bytes, caption: str = "", album: str = "") -> None:
        """Send a picture (PNG, JPEG or GIF bytes); those of one album go together."""
        await self.act("send_photo", data=data, caption=caption, album=album)

    async def send_document(
        self, data: bytes, name: str = "letter.pdf", mime: str = "application/pdf", caption: str = ""
    ) -> None:
        """Send a file."""
        await self.act("send_document", data=data, name=name, mime=mime, caption=caption)

    async def sticker(self) -> None:
        await self.act("sticker")

    async def voice(self) -> None:
        await self.act("voice")

    async def location(self) -> None:
        await self.act("location")

    async def poll(self) -> None:
        await self.act("poll")

    async def dice(self) -> None:
        await self.act("dice")

    async def block(self) -> None:
        await self.act("block")

    async def unblock(self) -> None:
        await self.act("unblock")

    async def delete_account(self) -> None:
        await self.act("delete_account")

    # --- waiting ---

    async def quiet(self, timeout: float = 10.0, settle: float = 0.08, patience: float = 1.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has nothing left to do, for anybody. Raises: AssertionError."""
        await self.driver.quiet(timeout, settle, patience)

    async def expect(self, wanted: Wanted, timeout: float = 5.0, anew: bool = True) -> Message:  # noqa: ASYNC109
        """Wait for a message of the bot that has these words, or satisfies the predicate; the newest of them.

        Only messages sent or edited since this phone's last act count, unless `anew` is False.
        Raises: AssertionError with the chat if none comes.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self._find(wanted, anew)
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.first_name} waited {timeout} s for {wanted!r}; {self}")
            await self.driver.wait(min(0.25, max(deadline - time.monotonic(), 0.01)))
            await self.driver.refresh(self)

    def _find(self, wanted: Wanted, anew: bool) -> Message | None:
        for message in sorted(self.received, key=lambda one: one.changed, reverse=True):
            if anew and message.changed <= self.mark:
                return None
            if (wanted in message.text) if isinstance(wanted, str) else wanted(message):
                return message
        return None
