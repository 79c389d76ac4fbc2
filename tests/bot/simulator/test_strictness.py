"""What Telegram refuses, and in which words: one table, read over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.simulator.client import Phone, Simulator
from bot.simulator.listener import listening
from tests.bot.simulator.test_phone import PNG

MARIA = 1001
NEVER, BLOCKED, GONE, NOBODY = 1002, 1003, 1004, 9999


def key(**more: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "A", "callback_data": "a", **more}]]}


def only(**more: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "A", **more}]]}


@pytest.fixture
async def ask(sim: Simulator, open_chat: Phone) -> Any:
    """Call a method as JSON; (status, description or result)."""
    sim.phone(NEVER, "Nina")
    for number in (BLOCKED, GONE):
        phone = sim.phone(number, "Otto")
        await phone.start()
    await sim.phone(BLOCKED).block()
    await sim.phone(GONE).delete_account()

    async with httpx.AsyncClient(base_url=f"{sim.base_url}{sim.token}/", trust_env=False) as http:

        async def ask(method: str, files: Any = None, **params: Any) -> tuple[int, Any]:
            if files:
                answer = await http.post(method, data=params, files=files)
            else:
                answer = await http.post(method, json=params)
            body = answer.json()
            assert body["ok"] is (answer.status_code == 200)
            if not body["ok"]:
                assert body["error_code"] == answer.status_code
            return answer.status_code, body.get("result", body.get("description"))

        yield ask


PARSE = "Bad Request: can't parse entities: "
REFUSED = [
    # who
    ({"chat_id": NOBODY, "text": "x"}, 400, "Bad Request: chat not found"),
    ({"text": "x"}, 400, "Bad Request: chat_id is empty"),
    ({"chat_id": NEVER, "text": "x"}, 403, "Forbidden: bot can't initiate conversation with a user"),
    ({"chat_id": BLOCKED, "text": "x"}, 403, "Forbidden: bot was blocked by the user"),
    ({"chat_id": GONE, "text": "x"}, 403, "Forbidden: user is deactivated"),
    # length
    ({"text": ""}, 400, "Bad Request: message text is empty"),
    ({"text": " \n "}, 400, "Bad Request: message text is empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, 400, "Bad Request: message text is empty"),
    ({"text": "x" * 4097}, 400, "Bad Request: message is too long"),
    ({"text": "\U0001f642" * 2049}, 400, "Bad Request: message is too long"),
    # HTML
    ({"text": "a < b", "parse_mode": "HTML"}, 400, PARSE + 'Unsupported start tag "" at byte offset 2'),
    ({"text": "é <p>x</p>", "parse_mode": "HTML"}, 400, PARSE + 'Unsupported start tag "p" at byte offset 3'),
    ({"text": "x<br/>y", "parse_mode": "HTML"}, 400, PARSE + 'Unsupported start tag "br" at byte offset 1'),
    ({"text": "<b>x", "parse_mode": "HTML"}, 400,
     PARSE + 'Can\'t find end tag corresponding to start tag "b"'),
    ({"text": "x</b>", "parse_mode": "HTML"}, 400, PARSE + "Unexpected end tag at byte offset 1"),
    (
        {"text": "<b><i>x</b></i>", "parse_mode": "HTML"},
        400,
        PARSE + 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    ({"text": "<b", "parse_mode": "HTML"}, 400, PARSE + "Unclosed start tag at byte offset 0"),
    ({"text": "<b>x</b", "parse_mode": "HTML"}, 400, PARSE + "Unclosed end tag at byte offset 4"),
    (
        {"text": "<span>x</span>", "parse_mode": "HTML"},
        400,
        PARSE + 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    ),
    ({"text": "a&nbsp;b", "parse_mode": "HTML"}, 400, PARSE + 'Unsupported entity "&nbsp;" at byte offset 1'),
    # keyboards
    ({"text": "x", "reply_markup": key(callback_data="x" * 65)}, 400, "Bad Request: BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": key(callback_data="é" * 33)}, 400, "Bad Request: BUTTON_DATA_INVALID"),
    (
        {"text": "x", "reply_markup": key(callback_data="")},
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": only()},
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": key(url="https://a.example")},
        400,
        "Bad Request: can't parse inline keyboard button: "
        "exactly one of the optional fields must be used to specify type of the button",
    ),
    ({"text": "x", "reply_markup": key(text=" ")}, 400,
     "Bad Request: inline keyboard button text must be non-empty"),
    (
        {"text": "x", "reply_markup": only(url="tel:112")},
        400,
        "Bad Request: inline keyboard button URL 'tel:112' is invalid: Unsupported URL protocol",
    ),
    (
        {"text": "x", "reply_markup": only(url="http://localhost/")},
        400,
        "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "x", "reply_markup": only(web_app={"url": "http://a.example"})},
        400,
        "Bad Request: inline keyboard button Web App URL 'http://a.example' is invalid: "
        "Only HTTPS links are allowed",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": key()["inline_keyboard"] * 101}},
        400,
        "Bad Request: reply markup is too long",
    ),
    ({"text": "x", "reply_markup": {"keyboard": [[""]]}}, 400,
     "Bad Request: keyboard button text must be non-empty"),
    ({"text": "x", "reply_parameters": {"message_id": 77}}, 400,
     "Bad Request: message to be replied not found"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "code", "words"), REFUSED)
async def test_send_message_refuses(ask: Any, params: dict[str, Any], code: int, words: str) -> None:
    assert await ask(
        "sendMessage", **({"chat_id": MARIA} | params if "chat_id is empty" not in words else params)
    ) == (
        code,
        words,
    )


TAKEN = [
    ({"text": "x" * 4096}, "x" * 4096, []),
    ({"text": f"<b>{'x' * 4096}</b>", "parse_mode": "HTML"}, "x" * 4096, [("bold", 0, 4096)]),
    ({"text": "  a <b> b </b>\n", "parse_mode": "HTML"}, "a  b", [("bold", 2, 2)]),
    ({"text": "\U0001f642 <i>x</i> &lt;&amp;&#33;", "parse_mode": "HTML"},
     "\U0001f642 x <&!", [("italic", 3, 1)]),
    ({"text": "Tom & Jerry", "parse_mode": "HTML"}, "Tom & Jerry", []),
    ({"text": "<a href='https://a.example/?a=1&amp;b=2'>x</a>", "parse_mode": "HTML"},
     "x", [("text_link", 0, 1)]),
    ({"text": "<b>a<u>b</u></b><s>c</s>", "parse_mode": "HTML"}, "abc",
     [("bold", 0, 2), ("underline", 1, 1), ("strikethrough", 2, 1)]),
    ({"text": "<pre><code class='language-py'>x</code></pre>", "parse_mode": "HTML"}, "x", [("pre", 0, 1)]),
    ({"text": "<span class='tg-spoiler'>x</span>", "parse_mode": "HTML"}, "x", [("spoiler", 0, 1)]),
    ({"text": "Send /help or see https://a.example/x."}, "Send /help or see https://a.example/x.",
     [("bot_command", 5, 5), ("url", 18, 19)]),
    ({"text": "x", "reply_markup": key(callback_data="x" * 64)}, "x", []),
    ({"text": "x", "reply_parameters": {"message_id": 77, "allow_sending_without_reply": True}}, "x", []),
]  # fmt: skip


@pytest.mark.parametrize(("params", "text", "entities"), TAKEN)
async def test_send_message_takes(ask: Any, params: dict[str, Any], text: str, entities: list[Any]) -> None:
    code, message = await ask("sendMessage", chat_id=MARIA, **params)
    assert code == 200
    assert message["text"] == text
    assert [(e["type"], e["offset"], e["length"]) for e in message.get("entities", [])] == entities


async def test_edits_are_refused_as_telegram_does(ask: Any) -> None:
    _, card = await ask(
        "sendMessage", chat_id=MARIA, text="<b>one</b>", parse_mode="HTML", reply_markup=key()
    )
    here = {"chat_id": MARIA, "message_id": card["message_id"]}
    same = await ask("editMessageText", **here, text="<b>one </b>", parse_mode="HTML", reply_markup=key())
    assert same[0] == 400
    assert same[1].startswith("Bad Request: message is not modified: ")
    assert (await ask("editMessageText", **here, text="one", reply_markup=key()))[0] == 200
    assert (await ask("editMessageReplyMarkup", **here))[1].get("reply_markup") is None
    assert (await ask("editMessageReplyMarkup", **here))[1].startswith("Bad Request: message is not modified")
    assert await ask("editMessageText", **here, text="x" * 4097) == (400, "Bad Request: MESSAGE_TOO_LONG")
    assert await ask("editMessageCaption", **here, caption="x") == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )
    assert await ask("editMessageText", **here, text="x", reply_markup={"keyboard": [["a"]]}) == (
        400,
        "Bad Request: inline keyboard expected",
    )
    assert await ask("editMessageText", chat_id=MARIA, message_id=99, text="x") == (
        400,
        "Bad Request: message to edit not found",
    )
    assert await ask("editMessageText", chat_id=MARIA, message_id=1, text="x") == (
        400,
        "Bad Request: message can't be edited",
    )
    assert await ask("deleteMessage", **here) == (200, True)
    assert await ask("deleteMessage", **here) == (400, "Bad Request: message to delete not found")
    assert await ask("editMessageText", **here, text="x") == (400, "Bad Request: message to edit not found")


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(ask: Any, open_chat: Phone) -> None:
    _, asked = await ask("sendMessage", chat_id=MARIA, text="x", reply_markup={"keyboard": [["a", "b"]]})
    assert open_chat.keyboard == [["a", "b"]]
    here = {"chat_id": MARIA, "message_id": asked["message_id"], "text": "y"}
    assert await ask("editMessageText", **here) == (400, "Bad Request: message can't be edited")
    await ask("sendMessage", chat_id=MARIA, text="x", reply_markup={"remove_keyboard": True})
    assert open_chat.keyboard == []


async def test_pictures_and_captions(ask: Any, sim: Simulator) -> None:
    assert await ask("sendPhoto", {"photo": ("a.png", b"not a picture")}, chat_id=MARIA) == (
        400,
        "Bad Request: IMAGE_PROCESS_FAILED",
    )
    long = {"chat_id": MARIA, "caption": "x" * 1025}
    assert await ask("sendPhoto", {"photo": ("a.png", PNG)}, **long) == (
        400,
        "Bad Request: message caption is too long",
    )
    code, sent = await ask("sendPhoto", {"pic": ("a.png", PNG)}, chat_id=MARIA, photo="attach://pic")
    assert code == 200
    again = await ask("sendPhoto", chat_id=MARIA, photo=sent["photo"][0]["file_id"])
    assert again[1]["photo"] == sent["photo"]
    assert await ask("sendDocument", chat_id=MARIA, document=sent["photo"][0]["file_id"]) == (
        400,
        "Bad Request: can't use file of type Photo as Document",
    )
    assert await ask("sendPhoto", chat_id=MARIA, photo="no-such-id") == (
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    )
    assert await ask("sendDocument", {"document": ("a.txt", b"")}, chat_id=MARIA) == (
        400,
        "Bad Request: file must be non-empty",
    )
    big = sim.world.keep(b"x" * (20 * 1024 * 1024 + 1), "big.pdf", "application/pdf", "document")
    assert await ask("getFile", file_id=big.id) == (400, "Bad Request: file is too big")
    here = {"chat_id": MARIA, "message_id": sent["message_id"]}
    assert await ask("editMessageText", **here, text="x") == (
        400,
        "Bad Request: there is no text in the message to edit",
    )
    assert (await ask("editMessageCaption", **here, caption="new"))[1]["caption"] == "new"


async def test_taps_are_answered_in_time_and_in_few_words(ask: Any, sim: Simulator, open_chat: Phone) -> None:
    old = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    await ask("sendMessage", chat_id=MARIA, text="x", reply_markup=key())
    query = await open_chat.tap_data("forged")
    assert await ask("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )
    assert await ask("answerCallbackQuery", callback_query_id=query, text="x" * 200) == (200, True)
    assert await ask("answerCallbackQuery", callback_query_id="5") == old
    late = await open_chat.tap_data("late")
    await sim.expire_queries()
    assert await ask("answerCallbackQuery", callback_query_id=late) == old
    assert [len(sim.world.queries[number].answers) for number in (query, late)] == [1, 0]


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("setMyCommands", {"commands": [{"command": "Help", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "x" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]},
         "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat_id": NOBODY}}, "chat not found"),
        ("setMyDescription", {"description": "x" * 513}, "BOT_DESCRIPTION_INVALID"),
        ("setMyShortDescription", {"short_description": "x" * 121}, "BOT_ABOUT_INVALID"),
        ("setMyName", {"name": "x" * 65}, "BOT_TITLE_INVALID"),
        ("sendVenue", {"chat_id": MARIA, "latitude": 1, "longitude": 1, "title": "x"}, "address is empty"),
        ("sendLocation", {"chat_id": MARIA, "latitude": 91, "longitude": 1},
         "wrong latitude or longitude specified"),
        ("sendChatAction", {"chat_id": MARIA, "action": "dancing"}, "wrong parameter action in request"),
        ("setWebhook", {"url": "http://a.example"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ("setWebhook", {"url": "http://127.0.0.1:1", "secret_token": "a b"},
         "secret token contains unallowed characters"),
        ("getUpdates", {"allowed_updates": "x"}, "can't parse allowed updates JSON object"),
    ],
)  # fmt: skip
async def test_other_refusals(ask: Any, method: str, params: dict[str, Any], words: str) -> None:
    assert await ask(method, **params) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize("method", ["forwardMessage", "sendmessages", "getUser"])
async def test_an_unknown_method_is_not_found(ask: Any, method: str) -> None:
    assert await ask(method, chat_id=MARIA) == (404, "Not Found")


async def test_method_names_are_read_in_any_case(ask: Any) -> None:
    assert (await ask("SENDMESSAGE", chat_id=MARIA, text="x"))[0] == 200


async def test_get_form_and_query_say_the_same_as_json(sim: Simulator, open_chat: Phone) -> None:
    async with httpx.AsyncClient(base_url=f"{sim.base_url}{sim.token}/", trust_env=False) as http:
        await http.get("sendMessage", params={"chat_id": MARIA, "text": "by query"})
        await http.post("sendMessage", data={"chat_id": str(MARIA), "text": "by form"})
        await http.post(
            "sendMessage", json={"chat_id": MARIA, "text": "by json", "disable_notification": True}
        )
    assert [(m.text, m.silent) for m in open_chat.received] == [
        ("by query", False), ("by form", False), ("by json", True),
    ]  # fmt: skip


async def test_a_wrong_token_opens_nothing(sim: Simulator) -> None:
    async with httpx.AsyncClient(base_url=sim.url, trust_env=False) as http:
        assert (await http.get("/bot99:another-token/getMe")).status_code == 401
        assert (await http.get("/botnonsense/getMe")).status_code == 404
        assert (await http.get("/file/bot99:another-token/documents/file_0.pdf")).status_code == 401
        assert (await http.get(f"/file/bot{sim.token}/documents/file_9.pdf")).status_code == 404


async def test_only_this_machine_is_listened_to(sim: Simulator) -> None:
    async with httpx.AsyncClient(base_url=sim.url, trust_env=False) as http:
        assert (await http.get("/", headers={"Host": "evil.example"})).status_code == 421
        assert (await http.get("/", headers={"Host": "localhost:80"})).status_code == 200
        assert (await http.post("/control/chats", content="{}")).status_code == 415
        foreign = {"Origin": "https://evil.example"}
        assert (await http.post("/control/chats", json={}, headers=foreign)).status_code == 403
        assert (await http.post("/control/chats", json={}, headers={"Origin": sim.url})).status_code == 200
    with pytest.raises(ValueError, match="this machine only"):
        listening("0.0.0.0", 0)
