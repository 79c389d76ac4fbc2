"""Everything that is kept about one person, in words, as a file for that person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot import file_kind
from bot.flow import Attachment, Turn, text
from config.clock import from_minutes
from config.encryption import Unreadable
from scheduling import people, tasks
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist, Treatment
from scheduling.notifications import Notification
from scheduling.people import Consent
from scheduling.tasks import Task
from screening import holds, letters, oks, on_file, saved
from screening.letters import LetterView
from screening.saved import NoSuchInterview, NotSigned
from screening.tables import Hold, Interview


async def everything(turn: Turn) -> bytes:
    """JSON, readable by people: their own answers in the words of the cards, visits, consents, messages."""
    person_id = turn.actor.id
    data = {
        "clinic": turn.house.clinic.clinic.name,
        "written": _when(turn, turn.now),
        "you": await _person(turn),
        "consents": await _consents(turn, person_id),
        "visits": await _visits(turn, person_id),
        "answers": await _answers(turn, person_id),
        "what_you_told_in_words": await _told(turn, person_id),
        "holds": await _holds(turn, person_id),
        "doctors_ok": await _oks(turn, person_id),
        "notes_for_your_therapist": [
            {"told": _say(turn, note.told) or note.words, "since": _when(turn, note.since)}
            for note in await on_file.notes(turn.session, person_id)
        ],
        "messages_from_us": await _messages(turn, person_id),
        "tasks_about_you": await _tasks(turn, person_id),
    }
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _when(turn: Turn, moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(turn.house.zone).strftime("%Y-%m-%d %H:%M")


def _say(turn: Turn, key: str | None) -> str | None:
    """The words of a card, without what only the moment could fill in."""
    if key is None or not turn.house.catalogue.has(key):
        return key
    return turn.house.catalogue.forms(key, turn.actor.language)[0]


async def _person(turn: Turn) -> dict[str, Any]:
    person = turn.actor
    return {
        "name": person.name,
        "phone": await people.phone_of(turn.session, person.id),
        "language": person.language,
        "best_time": person.best_time,
        "since": _when(turn, person.created_at),
    }


async def _consents(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    found = await turn.session.scalars(select(Consent).where(Consent.person_id == person_id))
    return [
        {
            "for": row.purpose,
            "version": row.version,
            "given": _when(turn, row.given_at),
            "taken_back": _when(turn, row.withdrawn_at),
        }
        for row in found.all()
    ]


async def _visits(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    found = await turn.session.execute(
        select(Appointment, Therapist.name, Treatment.name)
        .join(Therapist, Therapist.id == Appointment.therapist_id)
        .join(Treatment, Treatment.id == Appointment.treatment_id)
        .where(Appointment.client_id == person_id)
        .order_by(Appointment.starts_at)
    )
    return [
        {
            "when": _when(turn, from_minutes(visit.starts_at)),
            "treatment": treatment,
            "therapist": therapist,
            "state": visit.state,
        }
        for visit, therapist, treatment in found.all()
    ]


async def _answers(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    out = []
    ids = await turn.session.scalars(
        select(Interview.id).where(Interview.client_id == person_id).order_by(Interview.opened_at)
    )
    for interview_id in ids.all():
        try:
            round_ = await saved.load(turn.session, interview_id, turn.now)
        except (NoSuchInterview, NotSigned, Unreadable):
            continue
        answers = []
        for record, told in zip(round_.records, round_.answers, strict=True):
            card = round_.policy.cards.get(told.card)
            answers.append(
                {
                    "question": _say(turn, card.key if card else told.card),
                    "about": _say(turn, told.about),
                    "answer": [_option(turn, card, name) for name in told.chosen],
                    "when": _when(turn, record.at),
                    "taken_back": told.withdrawn,
                }
            )
        out.append(
            {"round": round_.row.phase, "policy": round_.row.policy_version, "state": round_.row.state,
             "answers": answers}
        )  # fmt: skip
    return out


def _option(turn: Turn, card: Any, name: str) -> str | None:
    for choice in card.choices if card is not None else ():
        if choice.name == name:
            return _say(turn, choice.words or choice.label)
    shared = f"button.{name}"
    return _say(turn, shared if turn.house.catalogue.has(shared) else name)


async def _told(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    return [
        {"words": found.words, "when": _when(turn, found.found_at)}
        for found in await on_file.findings(turn.session, person_id)
        if found.words
    ]


async def _holds(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    found = await turn.session.scalars(select(Hold).where(Hold.client_id == person_id).order_by(Hold.set_at))
    out = []
    for row in found.all():
        hold = await holds.view(turn.session, row)
        if hold is not None:
            out.append(
                {
                    "because": hold.words or _say(turn, hold.told),
                    "code": hold.code,
                    "since": _when(turn, hold.set_at),
                    "ended": _when(turn, hold.lifted_at),
                }
            )
    return out


def _names(found: Sequence[LetterView]) -> dict[str, str]:
    return {one.id: f"letter-{n}.{file_kind.SUFFIX[one.media]}" for n, one in enumerate(found, 1)}


async def own_letters(turn: Turn) -> list[Attachment]:
    """Every doctor's letter that was sent as a file and is still kept, as it was sent."""
    found = await letters.of_client(turn.session, turn.actor.id)
    names = _names(found)
    return [
        Attachment(
            names[one.id],
            await letters.read(turn.session, one.id, by=turn.actor.id, now=turn.now, why="copied"),
            text("privacy.copy.letter"),
        )
        for one in found
    ]


async def _oks(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    names = _names(await letters.of_client(turn.session, person_id))
    return [
        {
            "from": ok.who,
            "given": ok.given_on.isoformat() if ok.given_on else None,
            "limits": ok.limits,
            "until": ok.until.isoformat() if ok.until else None,
            "state": ok.state,
            "files": [names[letter.id] for letter in await letters.of_ok(turn.session, ok.id)],
        }
        for ok in await oks.of_client(turn.session, person_id)
    ]


async def _messages(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    found = await turn.session.execute(
        select(Notification.kind, Notification.sent_at, Notification.state)
        .where(Notification.person_id == person_id)
        .order_by(Notification.due_at)
    )
    return [{"what": row.kind, "sent": _when(turn, row.sent_at), "state": row.state} for row in found.all()]


async def _tasks(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    found = await turn.session.scalars(
        select(Task).where(Task.client_id == person_id).order_by(Task.created_at)
    )
    out = []
    for task in found.all():
        note = await tasks.note_of(turn.session, task)
        out.append({"what": task.kind, "since": _when(turn, task.created_at), "words": note})
    return out
