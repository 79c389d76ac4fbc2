"""What a turn decided, as rows and drawings: where each topic stands, and which cards are drawn."""

from __future__ import annotations

from typing import Any

from bot import conversation
from bot.conversation import Chat, Conversation
from bot.delivery.drawing import Draw, Plan
from bot.flow import Again, Done, Go, Result, Turn
from bot.showing import shown
from bot.view.render import render
from scheduling import people

BACK_STACK = 12


async def apply(
    turn: Turn,
    chat: Chat,
    row: Conversation,
    result: Result,
    plan: Plan,
    *,
    typed: bool,
) -> None:
    """What the step said of its own card. `typed`: a message answered it, so that it is drawn below that."""
    words = turn.house.words(turn.actor.language, turn.now)  # the turn may have changed the language
    if isinstance(result, Go):
        plan.toast = words.line(result.toast) if result.toast else plan.toast
        data = dict(turn.data if result.data is None else result.data)
        if not result.forget:
            past = {k: v for k, v in turn.data.items() if k != "_back"}
            stack = [*turn.data.get("_back", []), [row.step, past]][-BACK_STACK:]
            data["_back"] = stack
        await put(turn, chat, row.topic, result.step, data, plan, fresh=typed)
    elif isinstance(result, Again):
        if result.notice is not None and typed:
            turn.say(result.notice)
        elif result.notice is not None:
            plan.toast = words.line(result.notice)
        if not result.quiet:
            await put(turn, chat, row.topic, row.step, turn.data, plan, fresh=typed)
    else:
        assert isinstance(result, Done)
        plan.toast = words.line(result.toast) if result.toast else plan.toast
        if row.message_id is not None:
            (plan.deletions if result.remove else plan.strips).append(row.message_id)
        await conversation.end(turn.session, row)


async def put(
    turn: Turn,
    chat: Chat,
    topic: str,
    step: str,
    data: dict[str, Any],
    plan: Plan,
    *,
    fresh: bool = False,
    focus: bool = True,
    subject_id: str | None = None,
) -> None:
    """Store where a topic stands and put its card on the plan."""
    draw = await place(
        turn, chat, topic, step, data, fresh=fresh, focus=focus, subject_id=subject_id or turn.subject_id
    )
    if draw.replaced is not None:
        (plan.deletions if draw.card.alone else plan.strips).append(draw.replaced)
    plan.draws.append(draw)


async def settle(turn: Turn, chat: Chat, plan: Plan) -> None:
    """Cards of other topics, messages beside them, and what is over."""
    session = turn.session
    for opening in turn.openings:
        old = await conversation.find(session, chat.chat_id, opening.topic)
        if not opening.fresh and old is None:
            continue
        await put(
            turn,
            chat,
            opening.topic,
            opening.step,
            opening.data,
            plan,
            fresh=opening.fresh,
            focus=opening.fresh,
            subject_id=opening.subject_id
            or (turn.actor.id if old is None or opening.fresh else old.subject_id),
        )
    for topic in turn.closings:
        row = await conversation.find(session, chat.chat_id, topic)
        if row is not None:
            if row.message_id is not None:
                plan.strips.append(row.message_id)
            await conversation.end(session, row)
    plan.deletions.extend(turn.deletions)
    for person_id in turn.menus:
        person = await people.get_person(session, person_id)
        if person is not None and person.telegram_id is not None:
            roles = await people.roles_of(session, person_id)
            plan.menus.append((person.telegram_id, person.language, roles))
            if person_id != turn.actor.id:  # what a role showed goes with it
                await conversation.draw_anew(session, person.telegram_id, turn.now)
    words = turn.house.words(turn.actor.language, turn.now)
    for message_id, screen in turn.rewrites:
        plan.rewrites.append((message_id, render(screen, words, revision=0, token="")))
    for extra in turn.extras:
        plan.say(extra, words)


async def place(
    turn: Turn,
    chat: Chat,
    topic: str,
    step: str,
    data: dict[str, Any],
    *,
    fresh: bool,
    subject_id: str,
    focus: bool = True,
) -> Draw:
    """Store where a topic stands, and render its card as the person will see it."""
    session, house = turn.session, turn.house
    old = await conversation.find(session, chat.chat_id, topic)
    copy = old.message_id if old is not None and fresh else None
    kept = old is not None and old.durable
    row = await conversation.put(
        session,
        chat,
        topic,
        subject_id=subject_id,
        step=step,
        data=data,
        now=turn.now,
        fresh=fresh,
        focus=focus,
    )
    there = Turn(
        session=session,
        house=house,
        now=turn.now,
        chat_id=chat.chat_id,
        actor=turn.actor,
        roles=turn.roles,
        subject_id=subject_id,
        topic=topic,
        step=step,
        data=data,
        message_id=row.message_id,
    )
    screen = await shown(there, house.menu.steps[step])
    # a durable card keeps its buttons: an old copy that is tapped shows how things stand
    replaced = copy if screen.alone or not kept else None
    if screen.reply_keyboard and row.message_id is not None:
        replaced, row.message_id = row.message_id, None
    row.durable = screen.durable
    words = house.words(turn.actor.language, turn.now)
    card = render(screen, words, revision=row.revision, token=row.token)
    return Draw(row.id, topic, row.revision, row.message_id, card, replaced=replaced)
