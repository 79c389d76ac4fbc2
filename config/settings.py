"""Settings from the environment and .env, typed; each refusal is a sentence that says what to change."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from config.clinic import EXAMPLE
from config.encryption import Keyring

PREFIX = "GENTLEHOURS_"
TELEGRAM = "https://api.telegram.org"
TOKEN = re.compile(r"^\d{1,16}:[A-Za-z0-9_-]{20,80}$")
SYSTEM = re.compile(r"^(urn:[a-z0-9][a-z0-9-]{1,31}|https://[^\s:/]+)([:/][^\s]*[^\s:/])?$", re.IGNORECASE)


class BadSettings(Exception):
    """The program cannot start; each sentence says what to change."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def data_folder() -> Path:
    """Where this user's programs keep data, by the custom of the system."""
    if sys.platform == "darwin":
        root = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        root = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return root / "gentlehours"


def default_database() -> str:
    return f"sqlite+aiosqlite:///{data_folder() / 'gentlehours.db'}"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        hide_input_in_errors=True,
    )

    bot_token: SecretStr | None = None
    api_url: str = TELEGRAM
    database_url: SecretStr = Field(default_factory=lambda: SecretStr(default_database()))
    admins: Annotated[tuple[int, ...], NoDecode] = ()
    keys: SecretStr | None = None
    clinic: Path = EXAMPLE
    policy: Path | None = None  # a folder with the clinic's own policy; None: the one that ships
    fhir_system: str | None = None  # base of the code systems in exports; None: the program's own

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not TOKEN.match(value.get_secret_value()):
            raise ValueError("is not a bot token; it looks like 123456789:AAE... and comes from @BotFather")
        return value

    @field_validator("api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("is not an address; write it like https://api.telegram.org")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("must be a plain address without user, ? or #")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise ValueError("must begin with https:// unless the server is on this machine (127.0.0.1)")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError(
                "is not a database address; write sqlite+aiosqlite:///path or postgresql+asyncpg://host/name"
            ) from None
        if url.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise ValueError(
                f"begins with {url.drivername}://; use sqlite+aiosqlite:/// or postgresql+asyncpg://"
            )
        if url.drivername == "sqlite+aiosqlite" and url.database in {None, "", ":memory:"}:
            raise ValueError("needs a file: a database in memory would lose bookings at the first stop")
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _admins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        ids = []
        for part in filter(None, (p.strip() for p in value.split(","))):
            if not part.isdigit() or int(part) == 0 or len(part) > 16:
                raise ValueError(f'has "{part[:20]}", which is not a Telegram id; write numbers with commas')
            ids.append(int(part))
        return tuple(dict.fromkeys(ids))

    @field_validator("keys")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Keyring.parse(value.get_secret_value())
        return value

    @field_validator("policy")
    @classmethod
    def _policy(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_dir() and any(value.glob("*.toml"))):
            raise ValueError("is not a folder with the .toml files of a policy")
        return value

    @field_validator("fhir_system")
    @classmethod
    def _fhir_system(cls, value: str | None) -> str | None:
        if value is not None and not SYSTEM.match(value):
            raise ValueError("is not a base for code systems; write a URN or URL of yours: urn:oid:1.2.3")
        return value

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def sqlite_path(self) -> Path:
        return Path(make_url(self.database_url.get_secret_value()).database or "")

    def token(self) -> str:
        """Raises: BadSettings if no token is set."""
        if self.bot_token is None:
            raise BadSettings([f"{PREFIX}BOT_TOKEN is not set. Get a token from @BotFather and set it."])
        return self.bot_token.get_secret_value()

    def keyring(self) -> Keyring:
        """The keys that seal health answers; made beside the SQLite file on first use, 0600.

        Raises: BadSettings if there is none on PostgreSQL, or the key's file is lost or open to others.
        """
        if self.keys is not None:
            return Keyring.parse(self.keys.get_secret_value())
        if not self.is_sqlite:
            raise BadSettings(
                [f"{PREFIX}KEYS is not set. PostgreSQL needs it: `gentlehours keys new` makes a key."]
            )
        return _keyring_beside(self.sqlite_path)


def load_settings(**overrides: object) -> Settings:
    """Raises: BadSettings with one sentence a fault."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings([_sentence(fault) for fault in error.errors()]) from None


def _sentence(fault: object) -> str:
    assert isinstance(fault, dict)
    name = PREFIX + str(fault["loc"][0]).upper() if fault["loc"] else "settings"
    words = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    if fault["type"] != "value_error":
        words = f"is not valid: {words}"
    return f"{name} {words}."


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _keyring_beside(database: Path) -> Keyring:
    path = database.with_name(database.name + ".keys")
    try:
        if not path.exists():
            if database.exists() and database.stat().st_size > 0:
                raise BadSettings(
                    [f"{path} is gone; {database.name} cannot be read without it. Restore the file."]
                )
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(Keyring.new_key("k1") + "\n")
                file.flush()
                os.fsync(file.fileno())
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadSettings([f"The keys at {path} can be read by others. Run: chmod 600 {path}"])
        return Keyring.parse(path.read_text())
    except OSError as error:
        raise BadSettings([f"The keys at {path} cannot be read or written: {error.strerror}."]) from None
    except ValueError as error:
        raise BadSettings([f"The keys at {path} are damaged: {error}."]) from None
