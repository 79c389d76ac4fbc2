"""A client whose answers read as a chat: every tap is a transaction and a session of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.clock import Clock
from config.database import Database, new_id
from screening import clearance, files, holds, interview, letters, policy, profile, sign_off
from screening.decision import Decision
from screening.questionnaire import Progress

ZONE = ZoneInfo("Europe/Berlin")
LEAD = {"by": "lead" * 8, "roles": {"lead"}}
ADMIN = {"by": "admi" * 8, "roles": {"admin"}}
THERAPIST = {"by": "ther" * 8, "roles": {"therapist"}}

# What a person with MS and nothing else taps in the profile: OK from the family doctor this year, no other
# conditions, no heat or cold trouble, last relapse long ago, nothing on H and U, hopes are clear.
PROFILE = (
    "profile.ok_who.1",
    "profile.ok_when.1",
    "none",
    "none",
    "no",
    "profile.relapse.4",
    "none",
    "none",
    "profile.hopes.1",
)
NUMB = (*PROFILE[:7], "profile.u.1", "thatsall", PROFILE[8])  # the same, with a numb area
WELL = ("none", "none", "none", "none", "none")


async def sign(database: Database, now: datetime) -> policy.Policy:
    """The shipped policy, stored and signed."""
    shipped = policy.load(files.shipped())
    async with database.transaction() as session:
        await sign_off.store(session, shipped, {"en": {}}, now)
        await sign_off.sign(session, shipped.version, "Eva Novak", None, now, kind="demo")
    return shipped


@dataclass
class Person:
    """`visit`: the start of the visit that the next round is about, None for booking."""

    database: Database
    clock: Clock
    visit: datetime | None = None
    appointment: str | None = None
    id: str = field(default_factory=new_id)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def wait(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def book(self, **ahead: float) -> None:
        """A visit so far ahead from now."""
        self.visit, self.appointment = self.now + timedelta(**ahead), new_id()

    async def starts(self, condition: str = "1", ok: str = "yes") -> Decision:
        async with self.database.transaction() as session:
            return await profile.start(session, self.id, condition, ok, self.now, zone=ZONE)

    async def opens(self, phase: str, answered_by: str = "client", entered_by: str | None = None) -> str:
        async with self.database.transaction() as session:
            return await interview.open_interview(
                session,
                self.id,
                phase,
                self.now,
                zone=ZONE,
                appointment_id=self.appointment,
                session_at=self.visit,
                answered_by=answered_by,
                entered_by=entered_by,
            )

    async def taps(self, opened: str, *names: str) -> Progress:
        for name in names:
            self.wait(seconds=3)
            async with self.database.transaction() as session:
                await interview.answer(session, opened, name, self.now)
        async with self.database.reading() as session:
            return await interview.progress(session, opened, self.now)

    async def finishes(self, opened: str) -> Decision:
        async with self.database.transaction() as session:
            return await interview.finish(session, opened, self.now)

    async def tells(self, phase: str, *names: str, answered_by: str = "client") -> Decision:
        """A whole round."""
        opened = await self.opens(phase, answered_by)
        await self.taps(opened, *names)
        return await self.finishes(opened)

    async def says(self, code: str, source: str = "text", words: str | None = None) -> Decision:
        async with self.database.transaction() as session:
            return await interview.raise_finding(
                session,
                self.id,
                code,
                source,
                self.now,
                zone=ZONE,
                own_words=words,
                appointment_id=self.appointment,
                session_at=self.visit,
            )

    async def due(self) -> str | None:
        assert self.visit is not None
        async with self.database.reading() as session:
            return await interview.due(session, self.id, self.visit, self.now, zone=ZONE)

    async def validity(self) -> interview.Validity:
        assert self.visit is not None
        async with self.database.reading() as session:
            return await interview.validity(session, self.id, self.visit, self.now)

    async def gate(self) -> holds.Gate:
        async with self.database.reading() as session:
            return await holds.gate(session, self.id, self.now)

    async def held(self) -> set[str]:
        async with self.database.reading() as session:
            return {hold.code for hold in await holds.open_holds(session, self.id)}

    async def hold(self, code: str) -> holds.HoldView:
        async with self.database.reading() as session:
            return next(hold for hold in await holds.open_holds(session, self.id) if hold.code == code)

    async def sends_file(self, content: bytes, words: str = "") -> str:
        """A letter as a file. Returns the id of the OK."""
        async with self.database.transaction() as session:
            return await letters.keep(
                session, self.id, content, "pdf", number=1, words=words, now=self.now, by=self.id
            )

    async def sends_ok(self, *, days_ago: int = 0, kind: str = "self") -> str:
        async with self.database.transaction() as session:
            return await clearance.submit(
                session,
                self.id,
                who="Dr Novak",
                given_on=(self.now - timedelta(days=days_ago)).astimezone(ZONE).date(),
                limits="no heat on the feet",
                kind=kind,
                now=self.now,
                zone=ZONE,
            )
