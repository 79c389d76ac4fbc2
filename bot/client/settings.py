"""What a person may set: language, quiet hours, messages after visits, the time of day that suits them."""

from __future__ import annotations

from bot.flow import (
    NAV,
    Again,
    Choice,
    Command,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.formatting import clock
from scheduling import aftercare, clinic, people
from scheduling.people import Person
from screening import noted

QUIET = {"quiet1": (1260, 420), "quiet2": (1200, 540), "quiet3": (1320, 360)}
BEST = ("morning", "midday", "afternoon", "varies")


class Card(Step):
    name = "settings.card"

    async def show(self, turn: Turn) -> Screen:
        person = await _person(turn)
        best = BEST.index(person.best_time) if person.best_time in BEST else 3
        rules = await clinic.rules(turn.session)
        starts = rules.quiet_starts if person.quiet_starts is None else person.quiet_starts
        ends = rules.quiet_ends if person.quiet_ends is None else person.quiet_ends
        language = turn.actor.language
        span = text("common.span", time=Raw(clock(starts, language)), time2=Raw(clock(ends, language)))
        muted = person.muted_at is not None
        lines: tuple[Line, ...] = (
            text("settings.card"),
            text("settings.card.best", label=Text(f"first.time.{best + 1}.b")),
            text("settings.card.quiet", text=span),
            text("settings.card.after_off" if muted else "settings.card.after_on"),
            text("settings.card.hide_on" if person.hide_questions else "settings.card.hide_off"),
        )
        mute = Choice("unmute" if muted else "mute")
        hide = Choice("show" if person.hide_questions else "preview")
        if await noted.answers_for(turn.session, turn.subject_id) == "helper":
            lines = (*lines, text("settings.card.helper_answers"))
        choices = (Choice("lang"), Choice("quiet"), mute, hide, Choice("besttime"), Choice("whoanswers"))
        return Screen("settings.card", lines, rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        code = value.code if isinstance(value, Tap) else ""
        if code in {"mute", "unmute"}:
            change = aftercare.mute if code == "mute" else aftercare.unmute
            await change(turn.session, turn.subject_id, turn.now)
            return Again(text("after.muted" if code == "mute" else "after.unmuted"))
        if code in {"preview", "show"}:
            (await _person(turn)).hide_questions = code == "preview"
            return Again(text("settings.hidden" if code == "preview" else "settings.shown"))
        where = {
            "lang": "language.pick",
            "quiet": "settings.quiet",
            "besttime": "settings.best",
            "whoanswers": "settings.answers",
        }
        return Go(where[code], {}) if code in where else Again()


class Quiet(Step):
    name = "settings.quiet"

    async def show(self, turn: Turn) -> Screen:
        language = turn.actor.language
        choices = [
            Choice(code, text("common.span", time=Raw(clock(a, language)), time2=Raw(clock(b, language))))
            for code, (a, b) in QUIET.items()
        ]
        return Screen("settings.quiet", (text("settings.quiet"),), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in QUIET:
            return Again()
        person = await _person(turn)
        person.quiet_starts, person.quiet_ends = QUIET[value.code]
        return Go("settings.card", {}, toast=text("common.saved"), forget=True)


class Best(Step):
    """The time of day that is looked at first, as first contact asked it."""

    name = "settings.best"

    async def show(self, turn: Turn) -> Screen:
        choices = [Choice(f"best.{n}", Text(f"first.time.{n}.b")) for n in range(1, len(BEST) + 1)]
        return Screen("settings.best", (text("first.time"),), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code != "best" or value.value not in {"1", "2", "3", "4"}:
            return Again()
        (await _person(turn)).best_time = BEST[int(value.value) - 1]
        return Go("settings.card", {}, toast=text("common.saved"), forget=True)


class Answers(Step):
    """Who taps: what a helper answers only raises, and the therapist asks the first questions once more."""

    name = "settings.answers"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            "settings.answers", (text("settings.answers"),), rows(Choice("myself"), Choice("helper")) + NAV
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in {"myself", "helper"}:
            return Again()
        await noted.note(
            turn.session,
            turn.subject_id,
            noted.HELPER,
            given=value.code == "helper",
            why="settings",
            by=turn.actor.id if turn.for_other else None,
            roles=turn.roles,
            now=turn.now,
        )
        return Go("settings.card", {}, toast=text("common.saved"), forget=True)


class Language(Step):
    """Each name in its own language, so that who cannot read this card can still use it."""

    name = "language.pick"

    async def show(self, turn: Turn) -> Screen:
        catalogue = turn.house.catalogue
        choices = [Choice(f"lang_name.{code}", Raw(catalogue.name(code))) for code in catalogue.languages]
        return Screen("language.pick", (text("language.pick"),), rows(*choices, Choice("later")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        toast: Line | None = None
        if value.code == "lang_name":
            if value.value not in turn.house.catalogue.languages:
                return Again()
            turn.actor.language = value.value
            toast = text("language.done")
        elif value.code != "later":
            return Again()
        if people.CLIENT not in turn.roles and not turn.roles:
            return Go("first.contact", {}, toast=toast, forget=True)
        _, step = turn.house.menu.home(turn.roles)
        return Go(step, {}, toast=toast, forget=True)


async def _person(turn: Turn) -> Person:
    person = await people.get_person(turn.session, turn.subject_id)
    assert person is not None, "a card stands for a person who is there"
    return person


STEPS: tuple[Step, ...] = (Card(), Quiet(), Best(), Answers(), Language())
COMMANDS = (
    Command("settings", "home", "settings.card"),
    Command("language", "home", "language.pick", open=True),
)
