"""What a client adds to a result: a word to the person who decides, or that a sign is there now."""

from __future__ import annotations

from bot import call_back
from bot.client import urgent_follow_up, urgent_signs
from bot.flow import (
    BACK,
    HOME,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
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
from screening import sign_off


class Word(Step):
    """One typed message to the person who decides."""

    name = "result.word"
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("kept"):
            return Screen(self.name, lines=(Text("result.word_kept"),), rows=rows(PERSON, HOME))
        return Screen(self.name, lines=(Text("result.word"),), rows=((BACK, HOME),))

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        await call_back.add_to_result(turn, value.text, turn.data.get("appointment"))
        return Go(self.name, {**turn.data, "kept": True}, forget=True)


class Now(Step):
    """ "It is there now": the signs of the red cards; one tap counts as there now."""

    name = "result.now"

    async def show(self, turn: Turn) -> Screen:
        signs = await urgent_signs.signs(turn)
        return Screen(
            self.name,
            lines=(
                Text("urgent.ask_now"),
                *(Text("common.item", {"text": Text(line)}) for line in signs),
                Text("common.footer"),
            ),
            rows=(
                *((Choice(f"o{n}", Text(f"{line}.b"), line),) for n, line in enumerate(signs, 1)),
                (PERSON,),
                (BACK, HOME),
            ),
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        code = await self._code(turn, value)
        if code is None:
            return Again(text("old.changed"))
        await urgent_follow_up.told_now(turn, code, str(turn.data["_told"]), turn.data.get("appointment"))
        when = turn.data.get("when")
        return Go("result.neutral", {"appointment": turn.data.get("appointment"), "when": when}, forget=True)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        code = await self._code(turn, value)
        return None if code is None else (code,)

    async def _code(self, turn: Turn, value: Input) -> str | None:
        signs = await urgent_signs.signs(turn)
        if not isinstance(value, Tap) or not 1 <= value.place <= len(signs):
            return None
        sign = signs[value.place - 1]
        turn.data["_told"] = sign
        return urgent_signs.code_now(await sign_off.for_use(turn.session), sign)


STEPS: tuple[Step, ...] = (Word(), Now())
