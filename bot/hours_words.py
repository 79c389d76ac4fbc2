"""Working hours in a reader's language, the same on every card that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.formatting import weekday
from bot.texts import Catalogue
from scheduling import hours
from scheduling.hours import Words
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
