"""First contact: five taps from Start to the first free times, each saved as it is made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot import cards, opened, promised
from bot.flow import (
    HELP,
    HOME,
    NAV,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Notice,
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
from bot.formatting import cut
from scheduling import clinic, ok_tasks, people, tasks
from screening import health, holds, interview, noted, sign_off
from screening.questionnaire import Prompt
from screening.tables import Interview

PURPOSE, WORDING = "care", "1"
CONSENT_CARD = "FC2"
NAMES = {"first.consent.1.b": "agree", "button.unsure": "unsure"}


class Contact(Step):
    """The card that is open: consent first, then condition, best time and the doctor's OK."""

    name = "first.contact"
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        prompt = await _prompt(turn)
        if prompt is None or prompt.card == CONSENT_CARD:
            return await _consent(turn)
        head = [text("common.resumed")] if turn.data.get("resumed") else []
        return cards.screen(prompt, head=head)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "more":
            return Go("consent.more", {})
        if value.code == "notnow":
            return await _decline(turn)
        if value.code == "change":
            return await _change(turn)
        prompt = await _prompt(turn)
        if prompt is None or prompt.card == CONSENT_CARD:
            return await _agree_or_not(turn, value.code)
        name = cards.name_of(prompt, value)
        return await _answer(turn, name) if name else Again()


class More(Step):
    """What is kept and why, before anybody agrees."""

    name = "consent.more"

    async def show(self, turn: Turn) -> Screen:
        return Screen("consent.more", (text("consent.more"),), rows(Choice("agree"), Choice("notnow")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "agree":
            return await _agree_or_not(turn, "o1")
        if isinstance(value, Tap) and value.code == "notnow":
            return await _decline(turn)
        return Again()


class NotNow(Step):
    name = "consent.no"

    async def show(self, turn: Turn) -> Screen:
        return Screen("consent.no", (text("consent.no"),), rows(Choice("again")))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Go("first.contact", {}, forget=True)


class Helper(Step):
    """Under 18, or somebody decides with the person: a call, and a hold that a lead lifts."""

    name = "consent.helper"

    async def show(self, turn: Turn) -> Screen:
        codes = {hold.code for hold in await holds.open_holds(turn.session, turn.subject_id)}
        who = "under_18" if "under_18" in codes else "decides"
        lines = (text("consent.helper"), text(f"consent.helper.{who}"), text("consent.helper.call"))
        return Screen("consent.helper", lines, rows(PERSON))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again()


class ToldNo(Step):
    """The doctor said no: no booking until a person has looked at a written OK."""

    name = "profile.told_no"

    async def show(self, turn: Turn) -> Screen:
        return Screen("profile.told_no", (text("profile.told_no"),), rows(Choice("sendok")) + HELP)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "sendok":
            return Go("ok.how", {})
        return Again()


class Closed(Step):
    """Everything is told, but no policy is signed yet."""

    name = "book.closed"

    async def show(self, turn: Turn) -> Screen:
        person = await people.get_person(turn.session, turn.subject_id)
        name = Raw(cut(person.name if person else ""))
        return Screen("book.closed", (text("book.closed", name=name),), rows(PERSON, HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again()


class Opened(Step):
    name = "book.opened"

    async def show(self, turn: Turn) -> Screen:
        name = Raw(cut(turn.actor.name))
        return Screen("book.opened", (text("book.opened", name=name),), rows(Choice("seetimes"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Go("book.first", {}, forget=True)


async def _consent(turn: Turn) -> Screen:
    lines: list[Line] = []
    if turn.data.get("resumed"):
        lines.append(text("common.resumed"))
    if turn.data.get("link_old"):
        lines.append(text("start.link_old"))
    lines += [text("first.consent.hello"), text("first.start")]
    person = await people.get_person(turn.session, turn.subject_id)
    if person is not None and person.from_therapist_id is not None:
        for one in await clinic.therapists(turn.session):
            if one.id == person.from_therapist_id:
                lines.append(text("first.consent.link", therapist=Raw(one.first_name)))
    years = turn.house.clinic.retention.years_after_last_visit
    lines.append(text("first.consent.keep", retention=text("common.years", n=years)))
    lines += [text("first.consent"), text("common.result_end")]
    if turn.data.get("no_language"):
        lines.append(text("start.language"))
    card = turn.house.policy.cards[CONSENT_CARD]
    choices = [
        Choice(f"o{number}", Text(option.label), NAMES.get(option.label))
        for number, option in enumerate(card.choices, 1)
    ]
    return Screen("first.consent", tuple(lines), rows(*choices, Choice("more"), Choice("notnow")))


async def _round(turn: Turn) -> str | None:
    """The open round of first contact. A pure read."""
    found: str | None = await turn.session.scalar(
        select(Interview.id)
        .where(
            Interview.client_id == turn.subject_id,
            Interview.phase == "contact",
            Interview.state == "open",
        )
        .order_by(Interview.opened_at.desc())
        .limit(1)
    )
    return found


async def _prompt(turn: Turn) -> Prompt | None:
    round_id = await _round(turn)
    return await interview.current(turn.session, round_id, turn.now) if round_id else None


async def _agree_or_not(turn: Turn, code: str) -> Result:
    """The consent card: the first answer opens the round."""
    options = turn.house.policy.cards[CONSENT_CARD].choices
    number = int(code[1:]) if code[1:].isdigit() else 0
    if not 1 <= number <= len(options):
        return Again()
    prompt = await _prompt(turn)
    if prompt is not None and prompt.card != CONSENT_CARD:
        return Go("first.contact", {}, forget=True)
    return await _answer(turn, options[number - 1].name)


async def _answer(turn: Turn, name: str) -> Result:
    session, client = turn.session, turn.subject_id
    round_id = await interview.open_interview(
        session,
        client,
        "contact",
        turn.now,
        zone=turn.house.zone,
        entered_by=turn.actor.id if turn.for_other else None,
    )
    before = await interview.current(session, round_id, turn.now)
    progress = await interview.answer(session, round_id, name, turn.now, by=turn.actor.id)
    if before is not None and before.card == CONSENT_CARD and progress.prompt is not None:
        await _consented(turn)
    if progress.prompt is not None:
        return Go("first.contact", {}, forget=True)
    days = await clinic.own_days(session)
    await interview.finish(session, round_id, turn.now, clinic_days=days)
    return await _where_next(turn)


async def _consented(turn: Turn) -> None:
    person = await people.get_person(turn.session, turn.subject_id)
    await people.consent(
        turn.session,
        turn.subject_id,
        PURPOSE,
        WORDING,
        turn.now,
        campaign=person.campaign if person else None,
        taken_by=turn.actor.id if turn.for_other else None,
    )
    await people.grant(turn.session, turn.subject_id, people.CLIENT, turn.now, by=None)


async def _where_next(turn: Turn) -> Result:
    """The round is over: times, or why there are none yet."""
    session, client = turn.session, turn.subject_id
    codes = {hold.code for hold in await holds.open_holds(session, client)}
    if "consent_support_needed" in codes:  # so what is tapped from here on may be somebody else's answer
        await noted.note(
            session, client, noted.HELPER, given=True, why="FC2", by=None, roles=turn.roles, now=turn.now
        )
    if codes & {"under_18", "consent_support_needed"}:
        await tasks.open_task(session, "consent", turn.now, client_id=client)
        return Go("consent.helper", {}, forget=True)
    person = await people.get_person(session, client)
    if person is not None:
        told = (await health.load(session, client)).best_time
        person.best_time = told.removeprefix("time_") if told else None
        person.first_contact_at = turn.now
    if "doctor_advised_against" in codes:
        due = await promised.end_of_day(turn)
        await tasks.open_task(session, ok_tasks.TOLD_NO, turn.now, client_id=client, due_at=due)
        return Go("profile.told_no", {}, forget=True)
    if await sign_off.in_force(session) is None:
        await opened.remember(session, client, turn.now)
        return Go("book.closed", {}, forget=True)
    return Go("book.first", {}, forget=True)


async def _change(turn: Turn) -> Result:
    round_id = await _round(turn)
    if round_id is None:
        return Again()
    try:
        await interview.change(turn.session, round_id, turn.now, by=turn.actor.id)
    except interview.NotOffered:
        return Again()
    return Go("first.contact", {}, forget=True)


async def _decline(turn: Turn) -> Result:
    """Nothing was agreed, so nothing is kept but the way back."""
    if await people.consented(turn.session, turn.subject_id, PURPOSE) is None and not turn.roles:
        person: Any = await people.get_person(turn.session, turn.subject_id)
        people.rename(person, "")
        person.campaign = person.from_therapist_id = None
    return Go("consent.no", {}, forget=True)


STEPS: tuple[Step, ...] = (Contact(), More(), NotNow(), Helper(), ToldNo(), Closed(), Opened())
NOTICES: tuple[Notice, ...] = opened.NOTICES
