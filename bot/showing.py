"""A step's screen, as the person before whom it stands may see it now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import Conversation
from bot.flow import ABOVE, Choice, Raw, Screen, Step, Text, Turn
from bot.formatting import cut
from bot.house import House
from config.encryption import Unreadable
from scheduling import people
from scheduling.people import Person

NO_ROLE = Screen("odd.no_role", (Text("odd.no_role"),))


async def shown(turn: Turn, step: Step) -> Screen:
    """The step's screen; staff who do it for a client read first for whom.

    Who may not see it any more, or not for this client, reads that.
    """
    if not await turn.house.menu.may_act(turn, step):
        return replace(NO_ROLE, rows=((Choice("home"),),))
    screen = await step.show(turn)
    if above := turn.data.get(ABOVE):
        push = screen.push and screen.push + 1
        screen = replace(screen, lines=(Text(str(above)), *screen.lines), push=push)
    if not turn.for_other or step.roles or not turn.roles & people.STAFF:
        return screen
    client = await people.get_person(turn.session, turn.subject_id)
    name = Raw(cut(client.name if client is not None else ""))
    return replace(screen, lines=(Text("common.for", {"name": name}), *screen.lines))


async def rebuild(
    session: AsyncSession, house: House, row: Conversation, person: Person, now: datetime
) -> Turn:
    """The turn a card stands in, for reading or drawing it again."""
    try:
        data = await conversation.data_of(session, row)
    except Unreadable:
        data = {}
    return Turn(
        session=session,
        house=house,
        now=now,
        chat_id=row.chat_id,
        actor=person,
        roles=await people.roles_of(session, person.id),
        subject_id=row.subject_id,
        topic=row.topic,
        step=row.step,
        data=data,
        message_id=row.message_id,
    )
