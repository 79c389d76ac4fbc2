"""Telegram's HTML, as strictly as Telegram reads it: text and entities, or a refusal."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.simulator.errors import bad

Json = dict[str, Any]

KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "expandable_blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z_:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<url>\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31}\b)"
)


def units(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def refuse(why: str) -> Exception:
    return bad(f"can't parse entities: {why}")


def parse(source: str) -> tuple[str, list[Json]]:
    """Read HTML into the words and their entities.

    Raises: Refused 400, with the byte offset. A named entity that Telegram does not know is refused too,
    where Telegram would print it as it stands: no bot of ours wants its readers to see "&nbsp;".
    """
    out: list[str] = []
    length = 0
    opened: list[tuple[str, int, int, dict[str, str]]] = []
    entities: list[Json] = []
    position = 0
    while position < len(source):
        here = source[position]
        if here == "&":
            text, position = _entity(source, position)
        elif here == "<":
            text, position = "", _tag(source, position, "".join(out), length, opened, entities)
        else:
            text, position = here, position + 1
        out.append(text)
        length += units(text)
    if opened:
        raise refuse(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return trim("".join(out), entities)


def _entity(source: str, position: int) -> tuple[str, int]:
    found = _ENTITY.match(source, position)
    if found is None:
        return "&", position + 1
    name = found[1]
    if name.startswith("#"):
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
        if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code), found.end()
    if name not in NAMED:
        raise refuse(f'Unsupported entity "&{name};" at byte offset {_bytes(source, position)}')
    return NAMED[name], found.end()


def _tag(
    source: str,
    position: int,
    text: str,
    length: int,
    opened: list[tuple[str, int, int, dict[str, str]]],
    entities: list[Json],
) -> int:
    offset = _bytes(source, position)
    closing = source.startswith("</", position)
    name_at = position + (2 if closing else 1)
    name_match = re.compile(r"[^\s>/]*").match(source, name_at)
    name = name_match.group().lower() if name_match else ""
    after = name_at + len(name)
    if closing:
        end = source.find(">", after)
        if end < 0 or source[after:end].strip():
            raise refuse(f"Unclosed end tag at byte offset {offset}")
        if not opened:
            raise refuse(f"Unexpected end tag at byte offset {offset}")
        tag, start, start_length, attributes = opened.pop()
        if name and name != tag:
            raise refuse(f'Unmatched end tag at byte offset {offset}, expected "</{tag}>", found "</{name}>"')
        _close(tag, text[start:], start_length, length, attributes, entities)
        return end + 1
    if name not in KINDS:
        raise refuse(f'Unsupported start tag "{name}" at byte offset {offset}')
    attributes = {}
    while (found := _ATTRIBUTE.match(source, after)) is not None:
        value = next((group for group in found.groups()[1:] if group is not None), "")
        attributes[found[1].lower()] = html.unescape(value)
        after = found.end()
    rest = re.compile(r"\s*").match(source, after)
    after = rest.end() if rest else after
    if not source.startswith(">", after):
        raise refuse(f"Unclosed start tag at byte offset {offset}")
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    opened.append((name, len(text), length, attributes))
    return after + 1


def _close(
    tag: str, inside: str, start: int, end: int, attributes: dict[str, str], entities: list[Json]
) -> None:
    if end == start:
        return
    entity: Json = {"type": KINDS[tag], "offset": start, "length": end - start}
    if tag == "a":
        url = attributes.get("href", "") or inside
        if not re.match(r"(https?|tg|mailto|tel)://?|[\w-]+(\.[\w-]+)+", url):
            return
        entity["url"] = url
    if tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    language = attributes.get("class", "")
    if tag == "code" and language.startswith("language-"):
        entity["language"] = language.removeprefix("language-")
    entities.append(entity)


def _bytes(source: str, position: int) -> int:
    return len(source[:position].encode())


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cut white space at both ends, as Telegram does, and move the entities along."""
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    total = units(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, total)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    pre = {(e["offset"], e["length"]) for e in kept if e["type"] == "pre"}
    for entity in [e for e in kept if e["type"] == "code" and (e["offset"], e["length"]) in pre]:
        kept.remove(entity)
        if "language" in entity:
            block = next(e for e in kept if e["type"] == "pre" and e["offset"] == entity["offset"])
            block["language"] = entity["language"]
    for entity in kept:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, sorted(kept, key=lambda e: (e["offset"], -e["length"]))


def detect(text: str, entities: list[Json]) -> list[Json]:
    """The entities with what Telegram finds by itself: commands, links, mail addresses, mentions."""
    closed = [e for e in entities if e["type"] in ("code", "pre", "text_link")]
    found = []
    for match in _FOUND.finditer(text):
        start, size = units(text[: match.start()]), units(match.group())
        if not any(e["offset"] < start + size and start < e["offset"] + e["length"] for e in closed):
            found.append({"type": match.lastgroup, "offset": start, "length": size})
    return sorted([*entities, *found], key=lambda e: (e["offset"], -e["length"]))


def render(text: str, entities: list[Json]) -> str:
    """The words with their tags again, escaped: what a test compares, never what a page shows."""
    raw = text.encode("utf-16-le")
    marks: list[tuple[int, int, str]] = []
    for order, entity in enumerate(entities):
        if entity["type"] == "text_link":
            start, end = f'<a href="{html.escape(entity["url"])}">', "</a>"
        elif entity["type"] in TAGS:
            tag = TAGS[entity["type"]]
            start, end = f"<{tag}>", f"</{tag}>"
        else:
            continue
        marks.append((entity["offset"], 1000 + order, start))
        marks.append((entity["offset"] + entity["length"], -order, end))
    out = []
    at = 0
    for offset, _, mark in sorted(marks):
        out.append(html.escape(raw[at * 2 : offset * 2].decode("utf-16-le"), quote=False))
        out.append(mark)
        at = offset
    out.append(html.escape(raw[at * 2 :].decode("utf-16-le"), quote=False))
    return "".join(out)
