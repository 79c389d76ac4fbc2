"""What a person can do with a phone: every act becomes the update that Telegram would send."""

from __future__ import annotations

import re
import time
from typing import Any

from bot.simulator import html, pictures
from bot.simulator.errors import Impossible
from bot.simulator.methods.sending import content_of
from bot.simulator.records import Chat, File, Message, Query, User
from bot.simulator.world import World

Json = dict[str, Any]
LONGEST = 4096


class Hands:
    """The acts of all people. Each takes the id of the person who acts and returns the new message, if any.

    Raises: Impossible for what no phone can do.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    # --- saying things ---

    async def start(self, user_id: int, payload: str | None = None) -> Message:
        """Press Start, or follow a deep link with its payload. Unblocks the bot first, as phones do."""
        if payload is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload):
            raise Impossible(f"a start parameter is 1 to 64 of A-Z a-z 0-9 _ -, not {payload!r}")
        if self._user(user_id).blocked:
            await self.unblock(user_id)
        return await self._post(user_id, "text", f"/start {payload}" if payload else "/start")

    async def say(self, user_id: int, text: str, chat_id: int | None = None) -> Message:
        """Type and send. More than 4096 letters go as several messages, as apps do; returns the last."""
        text = text.strip()
        if not text:
            raise Impossible("an empty message cannot be sent")
        parts = [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)]
        for part in parts[:-1]:
            await self._post(user_id, "text", part, chat_id=chat_id)
        return await self._post(user_id, "text", parts[-1], chat_id=chat_id)

    async def edit(self, user_id: int, message_id: int, text: str) -> Message:
        """Edit an own message."""
        message = self._chat(user_id).messages.get(message_id)
        if message is None or message.deleted or message.by_bot or message.kind != "text":
            raise Impossible(f"message {message_id} is no text of this person")
        message.versions.append({"date": message.date, "text": message.text, "entities": message.entities})
        message.text, message.entities = text, html.detect(text, [])
        message.edit_date = await self.world.dates.now()
        message.changed = self.world.touch(message.chat_id)
        self.world.updates.put("edited_message", self.world.message_json(message))
        return message

    # --- tapping ---

    async def tap(self, user_id: int, message_id: int, data: str, chat_id: int | None = None) -> str:
        """Send a callback query with this data, also a forged one. Returns the query's id."""
        user = self._user(user_id)
        chat = self._chat(chat_id or user_id)
        self._reachable(user, chat)
        query = Query(
            str(4_000_000_000 + len(self.world.queries)), user_id, chat.id, message_id, data, time.monotonic()
        )
        self.world.ask(query)
        message = chat.messages.get(message_id)
        shown: Json = {"message_id": message_id, "chat": self.world.chat_json(chat), "date": 0}
        if message is not None and not message.deleted:
            shown = self.world.message_json(message)
        content: Json = {"id": query.id, "from": user.as_json(), "message": shown}
        content |= {"chat_instance": f"{chat.id}{self.world.bot_id}", "data": data}
        self.world.updates.put("callback_query", content)
        return query.id

    async def share_contact(self, user_id: int, own: bool = True) -> Message:
        """Share the own number (the reply keyboard's button does), or one from the phone book."""
        user = self._user(user_id)
        if own:
            contact: Json = {"phone_number": user.phone or f"4930{user_id:08d}"[:12]}
            contact |= {"first_name": user.first_name, "user_id": user_id}
        else:
            contact = {"phone_number": "493055501420", "first_name": "Somebody Else"}
        return await self._post(user_id, "contact", content={"contact": contact})

    # --- attachments ---

    async def send_photo(self, user_id: int, data: bytes, caption: str = "", album: str = "") -> Message:
        """Send a picture, which comes in several sizes. Those of one `album` go together."""
        if pictures.size(data) is None:
            raise Impossible("an app sends only pictures as photos")
        small = self.world.keep(pictures.THUMBNAIL, "thumb.jpg", "image/jpeg", "photo")
        stored = self.world.keep(data, "photo.jpg", "image/jpeg", "photo")
        content = content_of(self.world, stored)
        content["photo"] = content_of(self.world, small)["photo"] + content["photo"]
        if album:
            content["media_group_id"] = album
        return await self._post(user_id, "photo", caption, content=content)

    async def send_document(
        self,
        user_id: int,
        data: bytes,
        name: str = "letter.pdf",
        mime: str = "application/pdf",
        caption: str = "",
    ) -> Message:
        """Send a file as it is."""
        stored = self.world.keep(data, name, mime, "document")
        return await self._post(user_id, "document", caption, content=content_of(self.world, stored))

    async def voice(self, user_id: int, data: bytes = b"OggS voice") -> Message:
        """Send a voice message."""
        stored = self.world.keep(data, "voice.ogg", "audio/ogg", "voice")
        return await self._post(user_id, "voice", content=content_of(self.world, stored))

    async def sticker(self, user_id: int, emoji: str = "\N{THUMBS UP SIGN}") -> Message:
        """Send a sticker."""
        stored = self.world.keep(b"RIFF\x00\x00\x00\x00WEBP", "sticker.webp", "image/webp", "sticker")
        sticker: Json = {"file_id": stored.id, "file_unique_id": stored.unique_id, "type": "regular"}
        sticker |= {"width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": emoji}
        return await self._post(user_id, "sticker", content={"sticker": sticker})

    async def location(self, user_id: int, latitude: float = 52.52, longitude: float = 13.4) -> Message:
        """Send a place."""
        place = {"latitude": latitude, "longitude": longitude}
        return await self._post(user_id, "location", content={"location": place})

    async def dice(self, user_id: int, value: int = 4) -> Message:
        """Throw a die."""
        return await self._post(user_id, "dice", content={"dice": {"emoji": "\N{GAME DIE}", "value": value}})

    async def poll(self, user_id: int, question: str = "Tea or water?") -> Message:
        """Send a poll."""
        options = [{"text": text, "voter_count": 0, "persistent_id": text} for text in ("Tea", "Water")]
        poll: Json = {"id": f"P{self.world.seq}", "question": question, "options": options}
        poll |= {"total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular"}
        poll |= {"allows_multiple_answers": False, "allows_revoting": False, "members_only": False}
        return await self._post(user_id, "poll", content={"poll": poll})

    def file(self, file_id: str) -> File:
        """A file that somebody sent."""
        return self.world.files[file_id]

    # --- the bot and this person ---

    async def block(self, user_id: int) -> None:
        """Stop and block the bot."""
        user = self._user(user_id)
        if not user.blocked:
            user.blocked = True
            await self._membership(user, self._chat(user_id), "member", "kicked")

    async def unblock(self, user_id: int) -> None:
        """Let the bot write again."""
        user = self._user(user_id)
        if user.blocked:
            user.blocked = False
            await self._membership(user, self._chat(user_id), "kicked", "member")

    async def delete_account(self, user_id: int) -> None:
        """The account is gone; nothing reaches it any more."""
        self._user(user_id).deleted = True

    async def add_bot(self, user_id: int, chat_id: int) -> None:
        """Add the bot to a group."""
        chat = self._chat(chat_id)
        chat.bot_in = True
        await self._membership(self._user(user_id), chat, "left", "member")
        await self._post(
            user_id, "service", chat_id=chat_id, content={"new_chat_members": [self.world.bot_json()]}
        )

    async def remove_bot(self, user_id: int, chat_id: int) -> None:
        """Remove the bot from a group."""
        chat = self._chat(chat_id)
        await self._membership(self._user(user_id), chat, "member", "kicked")
        chat.bot_in = False

    # --- inside ---

    def _user(self, user_id: int) -> User:
        try:
            return self.world.users[user_id]
        except KeyError:
            raise Impossible(f"nobody has the id {user_id}") from None

    def _chat(self, chat_id: int) -> Chat:
        try:
            return self.world.chats[chat_id]
        except KeyError:
            raise Impossible(f"there is no chat {chat_id}") from None

    def _reachable(self, user: User, chat: Chat) -> None:
        if user.deleted:
            raise Impossible("a deleted account does nothing")
        if user.blocked and chat.type == "private":
            raise Impossible("this person has blocked the bot")

    async def _post(
        self,
        user_id: int,
        kind: str,
        text: str = "",
        *,
        content: Json | None = None,
        chat_id: int | None = None,
    ) -> Message:
        user = self._user(user_id)
        chat = self._chat(chat_id or user_id)
        self._reachable(user, chat)
        date = await self.world.dates.now()
        message = Message(
            0, chat.id, date, kind, user_id, text, html.detect(text, []), content or {}, by_bot=False
        )
        if kind == "contact" and chat.keyboard and chat.keyboard.get("one_time_keyboard"):
            chat.keyboard = None
        self.world.add(message)
        if chat.type == "private":
            user.started = True
            self.world.owed.add(chat.id)
        elif not (chat.bot_in and self._for_bot(message)):
            return message
        self.world.updates.put("message", self.world.message_json(message))
        return message

    def _for_bot(self, message: Message) -> bool:
        """Privacy mode: in a group a bot hears commands, its own name, and that people came or went."""
        text = message.text
        return message.kind == "service" or text.startswith("/") or f"@{self.world.username}" in text

    async def _membership(self, user: User, chat: Chat, old: str, new: str) -> None:
        def member(status: str) -> Json:
            shown: Json = {"status": status, "user": self.world.bot_json()}
            if status == "kicked":
                shown["until_date"] = 0
            return shown

        content: Json = {"chat": self.world.chat_json(chat), "from": user.as_json()}
        content["date"] = await self.world.dates.now()
        content |= {"old_chat_member": member(old), "new_chat_member": member(new)}
        self.world.updates.put("my_chat_member", content)
        self.world.touch(chat.id)
