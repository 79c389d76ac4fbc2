"""A message: a command, an answer to the card that is open, or words and files that nobody asked for."""

from __future__ import annotations

from bot.conversation import HOME_TOPIC, Chat
from bot.delivery.drawing import Plan
from bot.flow import Input, Opening, Said, SentFile, Shared, Step, Tap, Text, Turn
from bot.locating import Card
from bot.placing import apply, put
from bot.showing import rebuild
from bot.taking import enter, step_of, take
from bot.view.read import FileRef, Incoming

MAX_SAID = 1000
SAID = "said:"  # in `took_code`: the message that answered the card
ODD = {"voice": "odd.voice", "odd": "odd.kind"}


async def command(turn: Turn, name: str, rest: str) -> None:
    """What "/name" opens for this person; `rest`: the words after it."""
    menu = turn.house.menu
    known = menu.commands.get(name)
    if name == "start":
        turn.openings.append(await menu.start(turn, rest))
    elif name == "cancel":
        left = Opening(HOME_TOPIC, "flow.left", {})
        turn.openings.append(left if turn.roles else await menu.start(turn, ""))
    elif known is None or (known.roles and not known.roles & turn.roles):
        turn.say(Text("odd.text"), choices=menu.odd_choices)
    elif not known.open and not turn.roles:
        turn.openings.append(await menu.start(turn, ""))
    elif known.opens is not None:
        turn.openings.append(await known.opens(turn, rest))
    else:
        turn.open(known.topic, known.step, {"line": rest} if rest else {})


async def message(turn: Turn, incoming: Incoming, found: Card | None, chat: Chat, plan: Plan) -> None:
    """Words, a file or a contact, for the card that was touched last if it asks for them."""
    menu = turn.house.menu
    step = step_of(turn, found.row) if found else None
    if found is not None and step is not None:
        there = await rebuild(turn.session, turn.house, found.row, turn.actor, turn.now)
        if not await menu.may_act(there, step):
            step = None
    value = _value(incoming, step)
    if step is not None and step.known_words_first and incoming.kind == "text":
        opening = await menu.phrase(turn, incoming.text)
        if opening is not None:
            turn.openings.append(opening)
            return
    if found is not None and step is not None and value is not None:
        await enter(turn, found.row)
        if isinstance(value, Said) and len(value.text) > MAX_SAID:
            turn.say(Text("odd.long", {"n": len(value.text), "m": MAX_SAID}))
            await put(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)
            return
        if isinstance(value, Said):
            value = await _as_button(turn, step, value)
        found.row.took_code = f"{SAID}{incoming.message_id}"
        result = await take(turn, step, value)
        await apply(turn, chat, found.row, result, plan, typed=True)
        return
    asks_again = await _unasked(turn, incoming, step)
    if turn.alarm is not None:
        return  # nothing that was open comes back below the text to act now
    if asks_again and found is not None and step is not None and (step.holds_text or step.expects):
        await enter(turn, found.row)
        await put(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)


async def _unasked(turn: Turn, incoming: Incoming, step: Step | None) -> bool:
    """Open what it speaks of, or say what can be done with it. Returns whether the open card asks again."""
    menu, kind = turn.house.menu, incoming.kind
    opening: Opening | None = None
    if kind == "text":
        holds = step is not None and step.holds_text
        opening = await menu.phrase(turn, incoming.text)
        if opening is None and not holds and not turn.roles:
            opening = await menu.start(turn, "")
        if opening is None:
            turn.say(Text("odd.tap" if holds else "odd.text"), choices=() if holds else menu.odd_choices)
    elif kind == "file":
        if incoming.file is not None and (step is None or "text" not in step.expects):
            opening = await menu.unasked_file(turn, _sent(incoming, incoming.file))
        if opening is None:
            turn.say(Text("odd.photo"))
    elif kind == "contact" and not incoming.own_contact:
        turn.say(Text("odd.contact"))
    else:
        turn.say(Text(ODD.get(kind, "odd.kind")))
    if opening is not None:
        turn.openings.append(opening)
    return opening is None or kind == "file"


def _value(incoming: Incoming, step: Step | None) -> Input | None:
    """What the open step can take of this message; None if it asked for something else."""
    if step is None:
        return None
    if incoming.kind == "contact" and "contact" in step.expects:
        return Shared(incoming.phone) if incoming.own_contact else None
    if incoming.file is not None and "file" in step.expects:
        return _sent(incoming, incoming.file)
    if incoming.kind == "text" and "text" in step.expects:
        return Said(incoming.text.strip())
    return None


def _sent(incoming: Incoming, file: FileRef) -> SentFile:
    return SentFile(file.file_id, file.size, incoming.text, incoming.message_id or 0)


async def _as_button(turn: Turn, step: Step, said: Said) -> Input:
    """Buttons under the input field come back as their words."""
    screen = await step.show(turn)
    if screen.reply_keyboard:
        words = turn.house.words(turn.actor.language, turn.now)
        for row in screen.rows:
            for choice in row:
                if words.label(choice) == said.text:
                    code, _, value = choice.code.partition(".")
                    return Tap(code, value)
    return said
