"""People who work here: named, checked, invited by one-time links, and taken away at once."""

from __future__ import annotations

from sqlalchemy import select

from bot.admin import inviting, revoking, training
from bot.admin.members import label, member, members
from bot.conversation import HOME_TOPIC
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
    Turn,
    Until,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import DESK
from scheduling.people import Invite


class Card(Step):
    name = "people.card"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = [text("people.card")]
        untrained: list[Choice] = []
        for one in await members(turn):
            name = Raw(cut(one.name))
            if one.person_id is not None:
                lines.append(text("people.card.linked", name=name, label=label(one.roles)))
            elif one.open_until is not None:
                until = Until(one.open_until)
                lines.append(text("people.card.open", name=name, label=label(one.roles), when=until))
            else:
                lines.append(text("people.card.unlinked", name=name, label=label(one.roles)))
            if one.therapist is not None and not one.therapist.trained_by:
                first = Raw(cut(one.therapist.first_name, 14))
                untrained.append(Choice(f"check.{one.key}", text("people.untrained.b", name=first)))
        for row in await self._open_links(turn):
            roles = tuple(row.roles.split(","))
            lines.append(
                text(
                    "people.card.open",
                    name=Raw(cut(row.name)),
                    label=label(roles),
                    when=Until(row.expires_at),
                )
            )
        choices = rows(*untrained, Choice("invite"), (Choice("hours"), Choice("off")), Choice("revoke"))
        return Screen(self.name, tuple(lines), choices + NAV)

    async def _open_links(self, turn: Turn) -> list[Invite]:
        return list(
            await turn.session.scalars(
                select(Invite)
                .where(
                    Invite.therapist_id.is_(None),
                    Invite.client_id.is_(None),
                    Invite.used_at.is_(None),
                    Invite.revoked_at.is_(None),
                    Invite.expires_at > turn.now,
                )
                .order_by(Invite.created_at)
            )
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        where = {
            "invite": "people.ask",
            "hours": "hours.ask",
            "off": "off.admin",
            "revoke": "people.revoke_who",
        }
        if isinstance(value, Tap) and value.code in where:
            return Go(where[value.code], {})
        if isinstance(value, Tap) and value.code == "check":
            one = await member(turn, value.value)
            if one is not None and one.therapist is not None:
                return Go("setup.trained_one", {"names": [one.therapist.name], "known": []})
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Card(), *training.STEPS, *inviting.STEPS, *revoking.STEPS)
COMMANDS: tuple[Command, ...] = (Command("people", HOME_TOPIC, "people.card", DESK),)
