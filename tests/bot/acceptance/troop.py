"""A clinic full of restless hands, day after day, and what must be so after each round."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.types import EventDict

from bot.house import House
from config.clock import from_minutes, to_minutes
from scheduling import booking, clinic, holding, people, visits_done
from scheduling.appointments import BOOKED, Appointment
from scheduling.refusals import CannotBook
from scheduling.search import SearchQuery, search
from scheduling.slots import Slot
from screening import clearance, health, interview
from screening.tables import AnswerRecord
from tests.bot.acceptance import truth
from tests.bot.acceptance.monkeys import Monkey
from tests.bot.chat import World

FIRST_ID = 30_001
LEAD_HOURS = 49  # beyond the window of the check, which would be asked before Confirm
SHORT = 4  # patience with which an interview is a few taps
CROWD, NEW = 32, 6  # visits that fit into a day, people whom nobody knows yet
CONDITIONS: tuple[frozenset[str] | None, ...] = (
    *(frozenset({one}) for one in ("ms", "parkinsons", "cancer_now")),
    frozenset({"ms", "diabetes", "numb_feet"}),
    frozenset({"stroke", "blood_thinner"}),
    frozenset({"neuropathy", "neuropathy_diabetes", "diabetes", "numb_feet"}),
    frozenset({"spinal_cord", "pump_or_baclofen"}),
    frozenset({"epilepsy", "high_blood_pressure", "pregnancy_possible"}),
    None,
)


class Troop:
    """Monkeys of one seed in one clinic. Raises: AssertionError with the seed and what the monkey did."""

    def __init__(self, world: World, seed: int, said: Sequence[EventDict], patience: int) -> None:
        """`patience`: taps of each at a check; a third of it at what comes later."""
        self.world, self.seed, self.said, self.patience = world, seed, said, patience
        self.chance = random.Random(seed)
        self.monkeys: list[Monkey] = []
        self.next_id = FIRST_ID
        self.acts = 0

    @property
    def house(self) -> House:
        return self.world.app.house

    def now(self) -> datetime:
        return self.house.clock.now()

    async def interviews(self) -> int:
        """Rounds of questions in which something was answered."""
        async with self.house.database.reading() as session:
            return await session.scalar(select(func.count(AnswerRecord.interview_id.distinct()))) or 0

    async def a_day(self) -> None:
        """Visits on a day to come; their check, the short one on the day, and what follows."""
        visits = await self._visits()
        last = from_minutes(max(visit.starts_at for visit in visits))
        await self._until(last - timedelta(hours=24) + timedelta(minutes=5))
        await self.rounds(self.patience)
        if self.patience > SHORT or self.chance.random() < 0.3:
            await self._the_day(last)
        await self._home()
        self.monkeys = []

    async def _the_day(self, last: datetime) -> None:
        await self._until(last - timedelta(hours=2, minutes=50))
        await self.rounds(self.patience // 3)
        await self._until(last + timedelta(hours=1))
        await self._done()
        await self._until(self.now() + timedelta(minutes=5))
        await self.rounds(self.patience // 3)

    async def rounds(self, most: int) -> None:
        """Who is asked something taps or types; of the others a few."""
        for _ in range(most):
            acting = [one for one in self.monkeys if one.is_asked() or self.chance.random() < 0.2]
            for monkey in acting:
                await monkey.act()
            self.acts += len(acting)
            await self._settle()
            self.house.clock.advance(self.chance.choice((4, 4, 4, 60, 900)) * timedelta(seconds=1))
            await self.check()

    async def check(self) -> None:
        """What must be so at any time."""
        left = await self.world.sim.outstanding()
        assert (left["updates"], left["queries"]) == (0, 0), self._tell(f"a tap was not answered: {left}")
        faults = [one for one in self.said if one["log_level"] in ("error", "critical")]
        assert not faults, self._tell(f"a fault in the log: {faults[:3]}")
        for monkey in self.monkeys:
            cards = monkey.cards()
            assert cards, self._tell("there is no button left", monkey)
        for one in await truth.wrong(self.house):
            whose = next((monkey for monkey in self.monkeys if monkey.person == one.client_id), None)
            raise AssertionError(self._tell(one.what, whose))

    async def _home(self) -> None:
        """However it went: /start leads somewhere."""
        before = {}
        some = self.monkeys if self.patience > SHORT else self.chance.sample(self.monkeys, 4)
        for monkey in some:
            before[monkey.phone.id] = max((message.changed for message in monkey.phone.received), default=0)
            await monkey.say("/start")
        await self._settle()
        await self.check()
        for monkey in some:
            card = monkey.phone.live
            assert card.rows, self._tell("/start leads nowhere", monkey)
            assert card.changed > before[monkey.phone.id], self._tell("/start is not answered", monkey)

    # --- the clinic around them ---

    async def _settle(self) -> None:
        await self.world.sim.quiet(timeout=120, settle=0)
        await self.world.settle()

    async def _until(self, moment: datetime) -> None:
        """Step by step, so that what is due comes in its order."""
        while self.now() < moment:
            await self.world.later(seconds=min((moment - self.now()).total_seconds(), 3 * 3600))

    async def _visits(self) -> list[Appointment]:
        """New clients, each with a visit on the same day, their conditions told."""
        house, now = self.house, self.now()
        booked: list[Appointment] = []
        async with house.database.transaction() as session:
            treatment = next(one for one in await clinic.treatments(session) if one.code == "hand")
            therapists, rooms = await clinic.therapists(session), await clinic.rooms(session)
            free = [
                replace(slot, room_id=room.id)  # a room of their own
                for one, room in zip(therapists, rooms, strict=True)
                for slot in await search(session, SearchQuery(None, treatment.id, one.id), now)
            ]
            for telegram_id, slot in enumerate(self._of_one_day(sorted(free), now), self.next_id):
                person_id = await self._client(session, telegram_id, now)
                row = await holding.hold(session, person_id, slot, now, first_visit=False)
                booked.append(await booking.confirm(session, row.id, now, actor=person_id))
                phone = self.world.sim.phone(telegram_id, f"Kim {telegram_id}")
                self.monkeys.append(Monkey(phone, random.Random(f"{self.seed} {telegram_id}"), person_id))
            for monkey in self.monkeys:
                monkey.ease = monkey.chance.choice((0.2, 0.85))
                known = await health.load(session, monkey.person)
                known.conditions = monkey.chance.choice(CONDITIONS)
                await health.save(session, known, now)
        for telegram_id in range(self.next_id + CROWD, self.next_id + CROWD + NEW):
            phone = self.world.sim.phone(telegram_id, f"Kim {telegram_id}")
            self.monkeys.append(Monkey(phone, random.Random(f"{self.seed} {telegram_id}"), ease=0.6))
        self.next_id += CROWD + NEW
        for monkey in self.monkeys:
            await monkey.phone.start()
        await self._settle()
        return booked

    def _of_one_day(self, free: Sequence[Slot], now: datetime) -> list[Slot]:
        """Times of one day that do not touch each other."""
        by_day: dict[date, list[Slot]] = {}
        for slot in free:
            day = from_minutes(slot.starts_at).astimezone(self.house.zone).date()
            chosen = by_day.setdefault(day, [])
            apart = all(
                slot.starts_at >= other.busy_until or slot.busy_until <= other.starts_at
                for other in chosen
                if slot.therapist_id == other.therapist_id
            )
            early = slot.starts_at < to_minutes(now) + LEAD_HOURS * 60
            if apart and not early and len(chosen) < CROWD:
                chosen.append(slot)
        return next(chosen for _, chosen in sorted(by_day.items()) if len(chosen) == CROWD)

    async def _client(self, session: AsyncSession, telegram_id: int, now: datetime) -> str:
        person = await people.ensure_person(session, telegram_id, now, name=f"Kim {telegram_id}")
        person.first_contact_at, person.best_time = now, "morning"
        await people.consent(session, person.id, "care", "1", now)
        await people.grant(session, person.id, people.CLIENT, now, by=None)
        await people.set_phone(session, person.id, None)
        known = await health.load(session, person.id)
        known.conditions = frozenset({"ms"})
        known.ok_said, known.profile_due = True, False
        known.profile_at = known.full_at = known.last_session_at = now - timedelta(days=20)
        await health.save(session, known, now)
        if self.chance.random() < 0.85:
            await clearance.self_report(
                session, person.id, who="family doctor", now=now, zone=self.house.zone, by=None
            )
        return str(person.id)

    async def _done(self) -> None:
        """The therapist taps Done where that may be."""
        async with self.house.database.transaction() as session:
            query = select(Appointment).where(Appointment.state == BOOKED, Appointment.hidden_hold.is_(False))
            for visit in await session.scalars(query):
                with contextlib.suppress(CannotBook):
                    start = from_minutes(visit.starts_at)
                    valid = await interview.validity(session, visit.client_id, start, self.now())
                    await visits_done.done(
                        session, visit.id, self.now(), actor=None, screened_too=valid.screened
                    )

    def _tell(self, what: str, monkey: Monkey | None = None) -> str:
        which = [monkey] if monkey else self.monkeys
        did = "\n".join(f"{one.phone.first_name}: " + "; ".join(one.did[-12:]) for one in which)
        return f"{what}\nseed {self.seed}, {self.acts} acts, {self.now():%d %b %H:%M}\n{did}"
