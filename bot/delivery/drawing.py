"""Puts what a turn decided on the screen, after the commit, and notes that it stands there.

A card whose note is missing (a crash, a lost connection) is drawn again by `draw_lagging`.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.error import TelegramError

from bot import conversation
from bot.conversation import Chat, Conversation
from bot.delivery import file_rows
from bot.flow import Attachment, Choice, Extra, Place, Screen
from bot.house import House
from bot.profile import set_menu
from bot.showing import rebuild, shown
from bot.view.render import Rendered, Words, fitting, render
from bot.view.send import Ambiguous, NoSuchMessage, Refused, Sender, TryLater, Unreachable
from config import audit
from config.database import Busy, Down
from scheduling import people
from scheduling.people import Person

log = structlog.get_logger()

URGENT_SECONDS = 2.0
GRACE = timedelta(seconds=10)
MAX_TRIES, AGAIN = 2, 2.0
REWRITE_TRIES = 5
NOTE_WAITS = (0.1, 0.5, 2.0, 5.0)  # what stands on the phone is noted, or it would be sent again
LONGEST_PAUSE = timedelta(minutes=5)
AT_START = 5.0  # seconds before polling begins, the rest is drawn beside it


@dataclass
class Draw:
    """One card to show. `message_id` None sends a new message; `replaced` is the copy it takes over."""

    conversation_id: str
    topic: str
    revision: int
    message_id: int | None
    card: Rendered
    replaced: int | None = None


@dataclass
class Beside:
    text: str | None = None
    rows: Rendered | None = None
    attachment: Attachment | None = None
    caption: str | None = None
    place: Place | None = None
    notify: bool = False


@dataclass
class Plan:
    """Everything one turn wants shown in one chat."""

    chat_id: int
    callback_id: str | None = None
    toast: str | None = None
    draws: list[Draw] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    strips: list[int] = field(default_factory=list)
    deletions: list[int] = field(default_factory=list)
    rewrites: list[tuple[int, Rendered]] = field(default_factory=list)
    menus: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)  # chat, language, roles

    def say(self, extra: Extra, words: Words) -> None:
        item = Beside(attachment=extra.attachment, place=extra.place, notify=extra.notify)
        if extra.attachment is not None and extra.attachment.caption is not None:
            item.caption = words.line(extra.attachment.caption)
        if extra.line is not None:
            item.text = html.escape("\n".join(fitting([words.line(extra.line)])), quote=False)
            if extra.rows:
                item.rows = _shortcut_buttons(extra.rows, words)
        self.beside.append(item)


def _shortcut_buttons(rows: tuple[tuple[Choice, ...], ...], words: Words) -> Rendered:
    """Buttons of a message that is no card: they open a flow anew, whatever has happened since."""
    return render(Screen("beside", (), rows), words, revision=0, token="")


class Drawer:
    def __init__(self, house: House, sender: Sender) -> None:
        self.house, self.sender = house, sender
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def chat(self, chat_id: int) -> AsyncIterator[None]:
        """One turn or notice at a time in a chat; other chats go on."""
        lock = self._locks.get(chat_id)
        if lock is None:
            lock = self._locks[chat_id] = asyncio.Lock()
        async with lock:
            yield

    async def send_urgent(self, chat_id: int, card: Rendered) -> int | None:
        """The act-now text, ahead of everything. None if not sent in time: its row will.

        One that no preview may show is filled by an edit; its row stays undrawn until that is sure.
        """
        try:
            async with asyncio.timeout(URGENT_SECONDS):
                message_id = await self.sender.new(chat_id, card, only_push=True, at_once=True)
            if card.push is not None:
                await self._quietly(self.sender.edit(chat_id, message_id, card))
            return message_id
        except (TimeoutError, Unreachable, TryLater, Ambiguous, Refused) as error:
            log.warning("urgent_text_waits_for_its_row", error=type(error).__name__)
            return None

    async def draw(self, plan: Plan) -> None:
        """Never raises for what Telegram refuses; what failed for now stays noted as not shown."""
        answer = asyncio.ensure_future(self._answer(plan))
        try:
            stripped = [d.message_id for d in plan.draws if d.message_id is not None]
            for message_id in plan.deletions:
                await self._quietly(self.sender.delete(plan.chat_id, message_id))
            for message_id in plan.strips:
                if message_id not in stripped:
                    await self._quietly(self.sender.strip(plan.chat_id, message_id))
            for message_id, card in plan.rewrites:
                await self._rewrite(plan.chat_id, message_id, card)
            for item in plan.beside:
                await self._beside(plan.chat_id, item)
            for draw in plan.draws:
                await self._draw(plan.chat_id, draw)
            for chat_id, language, roles in plan.menus:
                with contextlib.suppress(TelegramError):
                    await set_menu(self.sender.bot, self.house, chat_id, language, roles)
        finally:
            await answer

    async def _answer(self, plan: Plan) -> None:
        if plan.callback_id is not None:
            await self.sender.answer(plan.callback_id, plan.toast)

    async def _quietly(self, act: object) -> None:
        with contextlib.suppress(Unreachable, TryLater, Ambiguous, Refused, NoSuchMessage):
            await act  # type: ignore[misc]

    async def _rewrite(self, chat_id: int, message_id: int, card: Rendered) -> None:
        """What must not be left to read: nothing draws it again, so that a pause is waited for here."""
        for _ in range(REWRITE_TRIES):
            try:
                await self.sender.edit(chat_id, message_id, card)
            except (TryLater, Ambiguous) as error:
                await asyncio.sleep(min(error.seconds if isinstance(error, TryLater) else AGAIN, 60))
            except (Unreachable, Refused, NoSuchMessage):
                return
            else:
                return
        log.warning("not_made_neutral")

    async def _beside(self, chat_id: int, item: Beside) -> None:
        try:
            if item.attachment is not None:
                await self._attach(chat_id, item.attachment, item.caption)
            elif item.place is not None:
                await self.sender.place(chat_id, item.place)
            elif item.text is not None:
                await self.sender.line(chat_id, item.text, item.rows, notify=item.notify)
        except (Unreachable, TryLater, Ambiguous, Refused) as error:
            log.warning("message_beside_not_sent", error=type(error).__name__)

    async def _attach(self, chat_id: int, attachment: Attachment, caption: str | None) -> None:
        """A file; of one that leaves the chat again, its row learns which message that is."""
        removal = attachment.removal
        try:
            message_id = await self.sender.attachment(chat_id, attachment, caption)
        except (Unreachable, TryLater, Refused):
            if removal is not None:
                await persist(lambda: self._sent_for_a_while(removal, None))
            raise
        if removal is not None:
            await persist(lambda: self._sent_for_a_while(removal, message_id))

    async def _sent_for_a_while(self, removal: str, message_id: int | None) -> None:
        async with self.house.database.transaction() as session:
            if message_id is None:
                await file_rows.note_not_sent(session, removal)
            else:
                await file_rows.note_sent(session, removal, message_id)

    async def _draw(self, chat_id: int, draw: Draw, *, unasked: bool = False) -> None:
        try:
            message_id = await self._show(chat_id, draw, unasked=unasked)
        except Unreachable:
            await self._unreachable(chat_id)
            await self.note(draw, draw.message_id, shown=True, end="blocked")
        except TryLater as later:
            await self._postpone(draw, later.seconds, sent=False)
        except Ambiguous:
            await self._postpone(draw, AGAIN, sent=True)
        except Refused as refused:
            log.error("card_refused", reason=refused.reason)
            await self.note(draw, draw.message_id, shown=True, end="dead")
        else:
            await self.note(draw, message_id, shown=True)

    async def _show(self, chat_id: int, draw: Draw, *, unasked: bool) -> int:
        if draw.message_id is not None:
            try:
                await self.sender.edit(chat_id, draw.message_id, draw.card)
            except NoSuchMessage:
                pass
            else:
                return draw.message_id
        if not unasked or draw.card.push is None:
            return await self.sender.new(chat_id, draw.card)
        message_id = await self.sender.new(chat_id, draw.card, only_push=True)
        await self.note(draw, message_id, shown=False)
        with contextlib.suppress(NoSuchMessage):
            await self.sender.edit(chat_id, message_id, draw.card)
        return message_id

    async def note(self, draw: Draw, message_id: int | None, *, shown: bool, end: str = "sent") -> None:
        """Remember where a card stands, unless it has moved on meanwhile. A busy store is waited for.

        `shown`: nothing is left to draw; `end`: how it came to that (sent, blocked, dead), for the audit.
        """
        await persist(lambda: self._note(draw, message_id, shown=shown, end=end))

    async def _note(self, draw: Draw, message_id: int | None, *, shown: bool, end: str) -> None:
        async with self.house.database.transaction() as session:
            row = await session.get(Conversation, draw.conversation_id)
            if row is None:
                return
            if row.message_id is None or row.revision == draw.revision:
                row.message_id = message_id if message_id is not None else row.message_id
            if shown and row.revision == draw.revision:
                if row.shown < row.revision:
                    self._trace(session, row, end)
                row.shown, row.draw_after = row.revision, None
            if message_id is not None and message_id != draw.message_id:
                await conversation.remember_message(session, row, message_id)

    def _trace(self, session: AsyncSession, row: Conversation, end: str) -> None:
        step = self.house.menu.steps.get(row.step)
        if step is not None and step.traced:
            audit.record(
                session,
                now=self.house.clock.now(),
                actor=None,
                subject=row.subject_id,
                action=f"card.{end}",
                thing=row.topic.partition(":")[2] or None,
                detail={"card": row.step},
            )

    async def _postpone(self, draw: Draw, seconds: float, *, sent: bool) -> None:
        """Draw it again later. `sent`: it may stand there already, which is risked a few times only."""
        async with self.house.database.transaction() as session:
            row = await session.get(Conversation, draw.conversation_id)
            if row is None or row.revision != draw.revision:
                return
            row.draw_tries += sent
            if row.draw_tries > MAX_TRIES and row.message_id is None:
                row.shown = row.revision  # a third copy would only confuse; the next tap or /start redraws
                return
            if sent:
                seconds *= 6 ** (row.draw_tries - 1)
            now = self.house.clock.now()
            # the longer a server is away, the less often it is asked
            pause = max(timedelta(seconds=seconds), min((now - row.touched_at) / 2, LONGEST_PAUSE))
            row.draw_after = now + pause

    async def _unreachable(self, chat_id: int) -> None:
        async with self.house.database.transaction() as session:
            chat = await session.get(Chat, chat_id)
            if chat is not None and chat.person_id is not None:
                await people.mark_unreachable(session, chat.person_id, self.house.clock.now())

    async def draw_lagging(self, *, at_start: bool = False) -> int:
        """Draw the cards that were committed but never noted as shown. Returns how many."""
        now = self.house.clock.now()
        late: datetime = now if at_start else now - GRACE
        query = select(Conversation.id, Conversation.chat_id).where(
            Conversation.shown < Conversation.revision,
            or_(
                Conversation.draw_after <= now,
                Conversation.draw_after.is_(None) & (Conversation.touched_at <= late),
            ),
        )
        async with self.house.database.reading() as session:
            query = query.order_by(Conversation.touched_at)
            found = [(row.id, row.chat_id) for row in await session.execute(query.limit(100))]
        began = time.monotonic()
        for number, (conversation_id, chat_id) in enumerate(found):
            if at_start and time.monotonic() - began > AT_START:
                return number
            async with self.chat(chat_id):
                try:
                    await self._draw_one(conversation_id, chat_id, now)
                except (Busy, Down):
                    raise
                except Exception as error:  # one card that cannot be drawn must not keep the others away
                    log.error("card_not_drawn", error=type(error).__name__, exc_info=error)
                    await self._give_up(conversation_id)
        return len(found)

    async def _draw_one(self, conversation_id: str, chat_id: int, now: datetime) -> None:
        async with self.house.database.reading() as session:
            row = await session.get(Conversation, conversation_id)
            if row is None or row.shown >= row.revision:
                return
            chat = await session.get(Chat, chat_id)
            person = await session.get(Person, chat.person_id) if chat and chat.person_id else None
            step = self.house.menu.steps.get(row.step)
            if person is not None and step is not None:
                screen = await shown(await rebuild(session, self.house, row, person, now), step)
                words = self.house.words(person.language, now)
                card = render(screen, words, revision=row.revision, token=row.token)
                draw = Draw(row.id, row.topic, row.revision, row.message_id, card)
        if person is None or step is None:
            await self._give_up(conversation_id)
            return
        await self._draw(chat_id, draw, unasked=True)

    async def _give_up(self, conversation_id: str) -> None:
        """Nothing more to draw for this row; the next tap or /start shows how it stands."""
        async with self.house.database.transaction() as session:
            row = await session.get(Conversation, conversation_id)
            if row is not None:
                row.shown, row.draw_after = row.revision, None


async def persist(write: Callable[[], Awaitable[None]]) -> None:
    """Do what must be noted, and again while the store is busy. Raises: Busy, Down in the end."""
    for pause in NOTE_WAITS:
        try:
            return await write()
        except (Busy, Down):
            await asyncio.sleep(pause)
    return await write()
