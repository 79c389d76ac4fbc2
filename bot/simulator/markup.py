"""Keyboards under messages: what Telegram takes, and its words for what it does not."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from bot.simulator.errors import bad

Json = dict[str, Any]

ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text",
    "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game", "pay",
)  # fmt: skip
REQUESTS = ("request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app")
MOST_BUTTONS = 100
MOST_BYTES = 10_240


def checked(markup: Any, *, private: bool, inline_only: bool = False) -> Json | None:
    """A reply_markup as Telegram keeps it; None for none or for an empty inline keyboard.

    Raises: Refused 400.
    """
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"], private)
    if inline_only:
        raise bad("inline keyboard expected")
    if "keyboard" in markup:
        return _reply(markup, private)
    if markup.get("remove_keyboard") is True:
        return {"remove_keyboard": True}
    if markup.get("force_reply") is True:
        return {"force_reply": True}
    raise bad("can't parse reply keyboard markup JSON object")


def _rows(rows: Any, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(f"can't parse {what}: expected an array of arrays of buttons")
    kept = [row for row in rows if row]
    if sum(map(len, kept)) > MOST_BUTTONS or len(json.dumps(kept)) > MOST_BYTES:
        raise bad("reply markup is too long")
    return kept


def _inline(rows: Any, private: bool) -> Json | None:
    kept = [[_inline_button(button, private) for button in row] for row in _rows(rows, "inline keyboard")]
    return {"inline_keyboard": kept} if kept else None


def _inline_button(button: Any, private: bool) -> Json:
    where = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad(f"{where}: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad(f'{where}: Field "text" must be of type String')
    if not text.strip():
        raise bad("inline keyboard button text must be non-empty")
    actions = [name for name in ACTIONS if name in button]
    if not actions:
        raise bad(f"{where}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad(f"{where}: exactly one of the optional fields must be used to specify type of the button")
    value = button[actions[0]]
    if actions[0] == "callback_data":
        if not isinstance(value, str):
            raise bad(f'{where}: Field "callback_data" must be of type String')
        if not value:
            raise bad(f"{where}: Text buttons are unallowed in the inline keyboard")
        if len(value.encode()) > 64:
            raise bad("BUTTON_DATA_INVALID")
    if actions[0] == "url":
        _url(str(value))
    if actions[0] == "web_app":
        url = value.get("url", "") if isinstance(value, dict) else ""
        if not url.startswith("https://"):
            raise bad(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
        if not private:
            raise bad("BUTTON_TYPE_INVALID")
    return {**button, "text": text.strip()}


def _url(url: str) -> None:
    parts = urlsplit(url if "://" in url or url.startswith(("tel:", "mailto:")) else f"http://{url}")
    if parts.scheme not in ("http", "https", "tg", "ton", "tonsite"):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme in ("http", "https") and "." not in (parts.hostname or ""):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply(markup: Json, private: bool) -> Json:
    rows = [
        [_reply_button(button, private) for button in row] for row in _rows(markup["keyboard"], "keyboard")
    ]
    if not rows:
        raise bad("reply keyboard must be non-empty")
    placeholder = markup.get("input_field_placeholder", "")
    if not isinstance(placeholder, str) or len(placeholder) > 64:
        raise bad("input field placeholder is too long")
    flags = {
        name: bool(markup.get(name, False))
        for name in ("resize_keyboard", "one_time_keyboard", "is_persistent", "selective")
    }
    return {"keyboard": rows, "input_field_placeholder": placeholder, **flags}


def _reply_button(button: Any, private: bool) -> Json:
    where = "can't parse keyboard button"
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad(f'{where}: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    asked = [name for name in REQUESTS if button.get(name)]
    if len(asked) > 1:
        raise bad(f"{where}: at most one of the optional fields must be used to specify type of the button")
    if asked and not private:
        what = {"request_contact": "phone number", "request_location": "location"}.get(asked[0], "this")
        raise bad(f"{what} can be requested in private chats only")
    return dict(button)
