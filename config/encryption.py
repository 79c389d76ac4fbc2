"""Health facts at rest: a key per person, wrapped by the clinic's keyring; destroying it erases the person.

Sealed bytes are: format byte, 12-byte nonce, AES-256-GCM ciphertext. The place ("table.column:row_id") is the
associated data, so a sealed value moved to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

FORMAT = b"\x01"
NONCE = 12


class Unreadable(Exception):
    """A sealed value that this key does not open: erased, moved to another row, or damaged."""


@dataclass(frozen=True)
class Keyring:
    """Keys by name; the first seals, all open. Never printed."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """`name:base64,name:base64`. Raises: ValueError with a sentence that does not show the key."""
        keys = []
        for part in text.replace("\n", ",").split(","):
            if not part.strip():
                continue
            name, colon, body = part.strip().partition(":")
            try:
                key = base64.urlsafe_b64decode(body.encode())
            except (binascii.Error, ValueError):
                key = b""
            if not colon or not 1 <= len(name) <= 20 or len(key) != 32:
                raise ValueError(
                    "each key is written name:key, the key being 32 bytes in URL-safe base64;"
                    " `gentlehours keys new` makes one"
                )
            keys.append((name, key))
        if not keys:
            raise ValueError("the keyring is empty; `gentlehours keys new` makes a key")
        if len({name for name, _ in keys}) != len(keys):
            raise ValueError("two keys have the same name; give each its own")
        return cls(tuple(keys))

    @staticmethod
    def new_key(name: str) -> str:
        return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"

    @property
    def sealing(self) -> tuple[str, bytes]:
        return self.keys[0]

    def named(self, name: str) -> bytes:
        for known, key in self.keys:
            if known == name:
                return key
        raise Unreadable(f"the keyring has no key named {name!r}")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(name for name, _ in self.keys)})"


def _encrypt(key: bytes, place: str, plain: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def _decrypt(key: bytes, place: str, blob: bytes) -> bytes:
    if blob[:1] != FORMAT:
        raise Unreadable(f"unknown format of {place.partition(':')[0]}")
    try:
        return AESGCM(key).decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], place.encode())
    except InvalidTag:
        raise Unreadable(f"cannot open {place.partition(':')[0]}") from None


def wrap(keyring: Keyring, owner: str, data_key: bytes) -> tuple[str, bytes]:
    name, key = keyring.sealing
    return name, _encrypt(key, f"person_key:{owner}", data_key)


def unwrap(keyring: Keyring, owner: str, name: str, wrapped: bytes) -> bytes:
    return _decrypt(keyring.named(name), f"person_key:{owner}", wrapped)


CLINIC = "clinic"


async def _data_key(session: AsyncSession, person_id: str | None, *, create: bool) -> bytes:
    # The rows are imported late: `config.database` needs this module for its keyring.
    from config.keys import load_or_create

    owner = person_id or CLINIC
    cache: dict[str, bytes] = session.info.setdefault("data_keys", {})
    if owner in cache:
        return cache[owner]
    key = await load_or_create(session, owner, create=create)
    if not session.in_nested_transaction():  # a savepoint rolled back would take the key's row with it
        cache[owner] = key
    return key


async def seal(session: AsyncSession, person_id: str | None, place: str, value: Any) -> bytes:
    """Encrypt a JSON value for one row. `place` is "table.column:row_id"; None is the clinic's own key."""
    key = await _data_key(session, person_id, create=True)
    return _encrypt(key, place, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


async def unseal(session: AsyncSession, person_id: str | None, place: str, blob: bytes) -> Any:
    """The JSON value that `seal` was given. Raises: Unreadable (erased person, other row, damage)."""
    key = await _data_key(session, person_id, create=False)
    return json.loads(_decrypt(key, place, blob))


async def seal_bytes(session: AsyncSession, person_id: str, place: str, content: bytes) -> bytes:
    """Encrypt a file for one row, as `seal` does a value."""
    return _encrypt(await _data_key(session, person_id, create=True), place, content)


async def unseal_bytes(session: AsyncSession, person_id: str, place: str, blob: bytes) -> bytes:
    """The bytes that `seal_bytes` was given. Raises: Unreadable."""
    return _decrypt(await _data_key(session, person_id, create=False), place, blob)


async def destroy_key(session: AsyncSession, person_id: str) -> None:
    """Erase a person: nothing sealed for them can be read again, here or in a backup made from now on."""
    from config.keys import destroy

    session.info.get("data_keys", {}).pop(person_id, None)
    await destroy(session, person_id)
