"""The shipped policy, and a client who taps: what the tables of this package are written with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from screening import decision, files, policy
from screening.policy import Policy
from screening.questionnaire import Answer, Facts, Ok, Progress, replay, take

AT = datetime(2027, 3, 1, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = AT.date()
VISIT = AT + timedelta(days=1)
OK = Ok(given_on=TODAY - timedelta(days=20), valid_until=TODAY + timedelta(days=300))
OLD_OK = Ok(given_on=TODAY - timedelta(days=400), valid_until=TODAY - timedelta(days=35))


@cache
def shipped() -> Policy:
    return policy.load(files.shipped())


def about(conditions: Iterable[str] | None = ("ms",), **more: object) -> Facts:
    known = None if conditions is None else frozenset(conditions)
    given: dict[str, object] = {
        "today": TODAY,
        "since": TODAY - timedelta(days=30),
        "session_day": VISIT.date(),
        "conditions": known,
        "ok": OK,
    }
    return Facts(**{**given, **more})  # type: ignore[arg-type]


def tapped(phase: str, facts: Facts, *names: str, rules: Policy | None = None) -> Progress:
    """Where a round stands after these taps."""
    answers: tuple[Answer, ...] = ()
    for name in names:
        answers = take(rules or shipped(), phase, facts, answers, name)
    return replay(rules or shipped(), phase, facts, answers)


def codes(progress: Progress) -> set[str]:
    return {finding.code for finding in progress.findings}


@dataclass
class Walk:
    """A whole round by a script a card: `taps` in all, `cards` in order with their lines."""

    taps: int
    cards: list[tuple[str, tuple[str, ...]]]
    progress: Progress


def walk(phase: str, facts: Facts, script: Mapping[str, str] | None = None) -> Walk:
    """Every gate "none" unless the script says else; `script`: taps by card, parted by blanks."""
    rules, answers, taps = shipped(), (), 0
    cards: list[tuple[str, tuple[str, ...]]] = []
    while True:
        progress = replay(rules, phase, facts, answers)
        prompt = progress.prompt
        if prompt is None:
            return Walk(taps, cards, progress)
        cards.append((prompt.card, prompt.lines))
        for name in (script or {}).get(prompt.card, "right" if prompt.card == "CONFIRM" else "none").split():
            answers, taps = take(rules, phase, facts, answers, name), taps + 1


def decided(
    progress: Progress,
    phase: str = "check",
    *,
    history: decision.History | None = None,
    visit: datetime = VISIT,
) -> decision.Decision:
    """The decision after a round, for a client with MS and an OK on file unless `history` says else."""
    if history is None:
        history = decision.History(conditions=progress.conditions, ok=OK)
    return decision.decide(
        shipped(),
        progress.findings,
        history,
        at=AT,
        phase=phase,
        session_at=visit,
        complete=progress.complete,
        stop=progress.stop,
    )


def day(days: int) -> date:
    return TODAY + timedelta(days=days)
