"""Working hours in a reader's language, the same on every card that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.formatting import weekday
from bot.texts import Catalogue
from scheduling import hours
from scheduling.clinic import WorkingHours
from scheduling.hours import Week, Words
from scheduling.intervals import Interval


def words(catalogue: Catalogue, language: str) -> Words:
    """The words that `scheduling.hours.written` joins hours with."""

    def say(key: str, **places: str) -> str:
        return catalogue.say(language, key, **places)

    return Words(
        days=[weekday(number, language) for number in range(7)],
        run=say("hours.day_span", day="{a}", day2="{b}"),
        both=say("hours.and", text="{a}", text2="{b}"),
        closed=say("hours.closed", day="{days}"),
        over=say("hours.over_midnight", day="{day}", time="{starts}", day2="{next}", time2="{ends}"),
    )


def written(catalogue: Catalogue, language: str, week: Mapping[int, Sequence[Interval]]) -> str:
    """ "Mon, Tue, Thu, Fri 9:00-13:00; Wed 9:00-13:00 and 15:00-18:00"."""
    return hours.written(week, words(catalogue, language))


async def in_force(session: AsyncSession, therapist_id: str, day: date) -> Week:
    """The week of hours that holds on a day; days without hours are left out."""
    rows = await session.execute(
        select(WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends)
        .where(
            WorkingHours.therapist_id == therapist_id,
            or_(WorkingHours.valid_from.is_(None), WorkingHours.valid_from <= day),
            or_(WorkingHours.valid_until.is_(None), WorkingHours.valid_until > day),
        )
        .order_by(WorkingHours.weekday, WorkingHours.starts)
    )
    week: dict[int, list[Interval]] = {}
    for number, starts, ends in rows:
        week.setdefault(number, []).append((starts, ends))
    return {number: tuple(spans) for number, spans in week.items()}
