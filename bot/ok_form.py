"""A page for a doctor to fill in, as a file that prints on one sheet."""

from __future__ import annotations

import html

from bot import cards
from bot.flow import Line, Raw, Text, Turn
from bot.view.render import Words
from screening import holds

FILENAME = "ok-form.html"
LINES = ("ok.form.yes", "ok.form.limits", "ok.form.until", "ok.form.name", "ok.form.day", "ok.form.sign")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}"
    "p.blank{border-bottom:1px solid #444;padding-bottom:1.2em}"
)


async def page(turn: Turn) -> str:
    """HTML in the reader's language: what the clinic asks, and room for the answers."""
    words = Words(turn.house, turn.actor.language, turn.now)

    def say(line: Line) -> str:
        return html.escape(words.line(line))

    about: list[Line] = [
        cards.told((hold.told,)) if hold.told else Raw(hold.words or "")
        for hold in await holds.open_holds(turn.session, turn.subject_id)
        if hold.needs_ok and (hold.told or hold.words)
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
