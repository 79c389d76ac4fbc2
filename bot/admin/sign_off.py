"""The safety policy: read it, and sign it by a typed sentence; until then nobody can book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import opened, policy_page, rounds, staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    Again,
    Attachment,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.staff_cards import DESK
from bot.texts import SOURCE
from scheduling import clinic, notifications, people
from screening import files, sign_off
from screening.sign_off import Status

NEW = rounds.NEW_POLICY


class Card(Step):
    """Which version is signed by whom, and the sentence that signs the newest."""

    name = "policy.card"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        status = await sign_off.status(turn.session)
        version = status.newest or turn.house.local.version
        lines: list[Line] = []
        signed = status.in_force
        if signed is not None and not status.waiting:
            day = Day(signed.at.astimezone(turn.house.zone).date(), full=True)
            lines.append(
                text("policy.card.signed", version=signed.version, who=Raw(signed.by_name), date=day)
            )
            return Screen("policy.card", tuple(lines), rows(Choice("read"), Choice("invite")) + NAV)
        if signed is not None:
            lines.append(text("policy.new", version=version))
        else:
            lines.append(text("policy.card", version=version))
        lines.append(text("policy.card.read"))
        laxer = await _laxer(turn, version)
        if laxer:
            lines.append(text("policy.card.laxer", n=laxer))
        lines.append(text("policy.card.sign", label=_sentence(version, laxer)))
        if people.LEAD not in turn.roles:
            lines.append(text("policy.card.lead"))
        return Screen("policy.card", tuple(lines), rows(Choice("read"), Choice("invite"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        status = await sign_off.status(turn.session)
        if isinstance(value, Said):
            return await self._sign(turn, status, value.text)
        if not isinstance(value, Tap):
            return Again()
        if value.code == "read":
            house, policy = turn.house, turn.house.local
            words = policy_page.page(
                policy,
                house.installed,
                house.lexicon(SOURCE),
                files.cases(),
                house.shipped,
                sign_off.laxer(policy),
            )
            caption = text("policy.file", version=policy.version)
            turn.attach(Attachment(f"policy-{policy.version}.html", words.encode(), caption))
            return Again()
        if value.code == "invite":
            return Go("people.ask", {"roles": [people.LEAD]})
        return Again()

    async def _sign(self, turn: Turn, status: Status, sentence: str) -> Result:
        version = status.newest or ""
        if people.LEAD not in turn.roles:
            return Again(text("policy.card.lead"))
        laxer = await _laxer(turn, version)
        name = sign_off.matches(sentence, version, laxer)
        if name is None or not status.waiting:
            return Again(text("policy.mismatch"))
        await sign_off.sign(turn.session, version, name, turn.actor.id, turn.now, kind="lead", accepts=laxer)
        await turn.house.refresh_policy(turn.session)  # in force from now on, not from the next tick
        await opened.tell(turn.session, turn.now)
        first = status.in_force is None
        if first and await clinic.is_open(turn.session):
            for person_id in await people.with_role(turn.session, people.ADMIN):
                if person_id != turn.actor.id:
                    await notifications.plan(
                        turn.session,
                        person_id,
                        "setup.open",
                        turn.now,
                        key=f"setup.open:{person_id}:{version}",
                    )
            turn.open("opened", "setup.open")
        return Go("policy.done", {"version": version, "who": name}, forget=True)


async def _laxer(turn: Turn, version: str) -> int:
    """How many rules of the version that waits are laxer than in the policy that ships."""
    kept = await sign_off.kept(turn.session, version)
    return 0 if kept is None else len(sign_off.laxer(kept[0]))


def _sentence(version: str, laxer: int) -> Text:
    name = text("policy.sentence.name")
    if laxer:
        return text("policy.sentence.laxer", name=name, version=version, n=laxer)
    return text("policy.sentence", name=name, version=version)


class Signed(Step):
    name = "policy.done"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        line = text("policy.done", version=str(turn.data["version"]), who=Raw(turn.data["who"]))
        return Screen(self.name, (line,), ((HOME,),))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again()


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A newer policy waits: those of the desk are told once a version."""
    status = await sign_off.status(turn.session)
    if not status.waiting or status.newest != data.get("version") or not turn.roles & staff_cards.DESK:
        return None
    return Opening(HOME_TOPIC, "policy.card", {})


STEPS: tuple[Step, ...] = (Card(), Signed())
NOTICES: tuple[Notice, ...] = (Notice(NEW, _send),)
