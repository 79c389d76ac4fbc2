"""Everything that is kept about one person, in words, as a file for that person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot import file_kind
from bot.flow import Attachment, Turn, text
from bot.texts import Catalogue
from bot.wording import AsSigned
from config.clock import from_minutes
from config.encryption import Unreadable, unseal
from scheduling import people, tasks
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist, Treatment
from scheduling.notifications import Notification
from scheduling.people import Consent
from scheduling.tasks import Task
from screening import holds, letters, noted, oks, on_file, saved, sign_off
from screening.letters import LetterView
from screening.policy import Card
from screening.tables import AnswerRecord, Hold, Interview


async def everything(turn: Turn) -> bytes:
    """JSON, readable by people: their own answers in the words of the cards, visits, consents, messages."""
    person_id = turn.actor.id
    words = await AsSigned.load(turn.session, turn.house.installed)
    data = {
        "clinic": turn.house.clinic.clinic.name,
        "written": _when(turn, turn.now),
        "you": await _person(turn),
        "consents": await _consents(turn, person_id),
        "visits": await _visits(turn, person_id),
        "answers": await _answers(turn, person_id, words),
        "what_you_told_in_words": await _told(turn, person_id),
        "holds": await _holds(turn, person_id, words),
        "doctors_ok": await _oks(turn, person_id),
        "notes_for_your_therapist": [
            {
                "told": _say(turn, words.at(note.since), note.told) or note.words,
                "since": _when(turn, note.since),
            }
            for note in await on_file.notes(turn.session, person_id)
        ],
        "what_people_noted": [
            {
                "fact": _say(turn, words.at(one.at), f"fact.{one.fact}"),
                "noted": one.given,
                "why": one.why,
                "when": _when(turn, one.at),
            }
            for one in (await noted.state(turn.session, person_id)).values()
        ],
        "messages_from_us": await _messages(turn, person_id),
        "tasks_about_you": await _tasks(turn, person_id),
    }
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _when(turn: Turn, moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(turn.house.zone).strftime("%Y-%m-%d %H:%M")


def _say(turn: Turn, words: Catalogue, key: str | None) -> str | None:
    """The words of a card, without what only the moment could fill in."""
    if key is None or not words.has(key):
        return key
    return words.forms(key, turn.actor.language)[0]


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


async def _answers(turn: Turn, person_id: str, words: AsSigned) -> list[dict[str, Any]]:
    rounds = await turn.session.scalars(
        select(Interview).where(Interview.client_id == person_id).order_by(Interview.opened_at)
    )
    return [
        {
            "round": row.phase,
            "policy": row.policy_version,
            "state": row.state,
            "answers": await _answers_of(turn, row, words),
        }
        for row in rounds.all()
    ]


async def _answers_of(turn: Turn, row: Interview, words: AsSigned) -> list[dict[str, Any]]:
    """Every answer of a round, also what was changed or asked again, in the words that were read then."""
    records = await turn.session.scalars(
        select(AnswerRecord)
        .where(AnswerRecord.interview_id == row.id, AnswerRecord.sealed.is_not(None))
        .order_by(AnswerRecord.at, AnswerRecord.seq, AnswerRecord.id)
    )
    out: list[dict[str, Any]] = []
    for record in records.all():
        when = _when(turn, record.at)
        place = saved.answer_place(record.id)
        try:
            told = await unseal(turn.session, row.client_id, place, record.sealed or b"")
        except Unreadable:
            out.append({"when": when, "damaged": True})  # the rest of the copy is theirs all the same
            continue
        policy = await sign_off.by_hash(turn.session, record.policy_hash)
        card = policy.cards.get(told["card"]) if policy is not None else None
        then = words.at(record.at)
        out.append(
            {
                "question": _say(turn, then, card.key if card else told["card"]),
                "about": _say(turn, then, told["about"]),
                "answer": [_option(turn, then, card, name) for name in told["chosen"]],
                "when": when,
                "policy": policy.version if policy is not None else None,
                "taken_back": record.withdrawn_at is not None,
            }
        )
    return out


def _option(turn: Turn, words: Catalogue, card: Card | None, name: str) -> str | None:
    for choice in card.choices if card is not None else ():
        if choice.name == name:
            return _say(turn, words, choice.words or choice.label)
    shared = f"button.{name}"
    return _say(turn, words, shared if words.has(shared) else name)


async def _told(turn: Turn, person_id: str) -> list[dict[str, Any]]:
    return [
        {"words": found.words, "when": _when(turn, found.found_at)}
        for found in await on_file.findings(turn.session, person_id)
        if found.words
    ]


async def _holds(turn: Turn, person_id: str, words: AsSigned) -> list[dict[str, Any]]:
    found = await turn.session.scalars(select(Hold).where(Hold.client_id == person_id).order_by(Hold.set_at))
    out = []
    for row in found.all():
        hold = await holds.view(turn.session, row)
        if hold is not None:
            out.append(
                {
                    "because": hold.words or _say(turn, words.at(hold.set_at), hold.told),
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
