"""A page for a doctor to fill in, as a file that prints on one sheet."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import timedelta, tzinfo

from bot.flow import Day, Joined, Line, Raw, Text, Turn
from screening import holds
from screening.holds import HoldView
from screening.policy import Tier

FILENAME = "ok-form.html"
LINES = ("ok.form.yes", "ok.form.limits", "ok.form.until", "ok.form.name", "ok.form.day", "ok.form.sign")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}"
    "p.blank{border-bottom:1px solid #444;padding-bottom:1.2em}"
)


def told(found: Sequence[HoldView], zone: tzinfo) -> Line:
    """What the client told us that an OK is needed for, in their own words or those of the card."""
    lines: list[Line] = []
    for hold in found:
        day = hold.set_at.astimezone(zone).date()
        params = {"since_date": Day(day), "date_72h": Day(day - timedelta(days=3))}
        if hold.words:
            lines.append(Raw(hold.words))
        elif hold.told:
            lines.append(Text(hold.told, params))
    return Joined(tuple(lines), "; ")


async def page(turn: Turn) -> str:
    """HTML in the reader's language: what the clinic asks, and room for the answers."""
    words = turn.house.words(turn.actor.language, turn.now)

    def say(line: Line) -> str:
        return html.escape(words.line(line))

    about = [
        told((hold,), turn.house.zone)
        for hold in await holds.open_holds(turn.session, turn.subject_id)
        if hold.needs_ok and hold.tier is not Tier.C and (hold.told or hold.words)
    ]
    parts = [
        f"<h1>{say(Text('ok.form.title'))}</h1>",
        f"<p>{say(Text('ok.form.ask'))}</p>",
        f"<p>{say(Text('ok.form.client', {'name': Raw(turn.actor.name)}))}</p>",
    ]
    if about:
        listed = "".join(f"<li>{say(line)}</li>" for line in about)
        parts.append(f"<p>{say(Text('ok.form.told'))}</p><ul>{listed}</ul>")
    parts += [f'<p class="blank">{say(Text(key))}</p>' for key in LINES]
    parts.append(f"<p>{say(Text('ok.form.back'))}</p>")
    language = html.escape(turn.actor.language)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f"<title>{say(Text('ok.form.title'))}</title><style>{STYLE}</style>{''.join(parts)}</html>"
    )
