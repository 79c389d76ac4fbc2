"""What cannot start says in a sentence what to change, ends with code 2, and shows no traceback."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from bot.cli import app
from config.clinic import EXAMPLE
from config.encryption import Keyring
from config.migrate import upgrade
from tests.bot.acceptance.program import GENTLEHOURS, environment
from tests.config.test_migrate import execute

TOKEN = "123456789:of-this-test-only-opens-nothing-abc"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs_put_back: None) -> Path:
    """An empty folder to run in, with settings that would do but for what the test changes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENTLEHOURS_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("GENTLEHOURS_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'clinic.db'}")
    return tmp_path


@pytest.fixture
def stranger() -> Iterator[str]:
    """A Bot API server that knows no token of ours."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps({"ok": False, "error_code": 401, "description": "Unauthorized"}).encode()
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(*command: str) -> str:
    """What it said when it refused to start."""
    done = CliRunner().invoke(app, list(command or ["run"]))
    assert done.exit_code == 2, f"{done.exit_code}: {done.exception!r}\n{done.stderr}"
    assert isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
    sentences = [line for line in done.stderr.splitlines() if line and not line[:4].isdigit()]
    return "\n".join(sentences)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BOT_TOKEN", "my-bot", "GENTLEHOURS_BOT_TOKEN is not a bot token"),
        (
            "API_URL",
            "http://api.example.org",
            "must begin with https:// unless the server is on this machine",
        ),
        ("API_URL", "ftp://127.0.0.1", "GENTLEHOURS_API_URL is not an address"),
        ("FHIR_SYSTEM", "our codes", "GENTLEHOURS_FHIR_SYSTEM is not a base for code systems"),
        ("DATABASE_URL", "mysql://localhost/clinic", "begins with mysql://"),
        ("DATABASE_URL", "sqlite+aiosqlite://", "needs a file"),
        ("ADMINS", "12, eva", 'GENTLEHOURS_ADMINS has "eva", which is not a Telegram id'),
        ("KEYS", "k1:short", "GENTLEHOURS_KEYS each key is written name:key"),
        ("CLINIC", "/no/such/clinic.toml", "There is no clinic file at /no/such/clinic.toml"),
    ],
)
def test_a_setting_that_cannot_be(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GENTLEHOURS_{name}", value)
    assert sentence in refused()


def test_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENTLEHOURS_BOT_TOKEN")
    assert "GENTLEHOURS_BOT_TOKEN is not set. Get a token from @BotFather" in refused()


def test_a_token_that_the_server_does_not_know(stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENTLEHOURS_API_URL", stranger)
    assert refused() == "GENTLEHOURS_BOT_TOKEN is refused by the server. Get it anew from @BotFather."


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlim"', '"Europe/Berlim" is not a time zone'),
        ('mon = "9:00-13:00, 14:00-17:00"', 'mon = "9:00-13:00, 12:00-17:00"', "two ranges that overlap"),
        ('mon = "8:00-18:00"', 'mon = "18:00-8:00"', "ends before it starts"),
        ('emergency = "112"', "", "numbers.emergency: is missing"),
        ("grid_minutes = 15", "grid_minute = 15", "is not a setting; remove it or mend its spelling"),
        ("\n[clinic]\n", "\n[clinic\n", "is not valid TOML"),
    ],
)
def test_a_clinic_file_that_cannot_be(
    old: str, new: str, sentence: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    (home / "clinic.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setenv("GENTLEHOURS_CLINIC", str(home / "clinic.toml"))
    assert sentence in refused()


def test_keys_that_others_can_read(home: Path) -> None:
    keys = home / "clinic.db.keys"
    keys.write_text(Keyring.new_key("k1"))
    keys.chmod(0o644)
    assert refused() == f"The keys at {keys} can be read by others. Run: chmod 600 {keys}"


def test_keys_that_are_gone(home: Path) -> None:
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{home / 'clinic.db'}"))
    assert "cannot be read without it. Restore the file." in refused()


def test_a_database_that_is_newer(home: Path) -> None:
    _own_keys(home)
    url = f"sqlite+aiosqlite:///{home / 'clinic.db'}"
    asyncio.run(upgrade(url))
    asyncio.run(execute(url, "UPDATE alembic_version SET version_num = '9999'"))
    assert "The database is newer than this program." in refused()


def test_a_database_that_is_locked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.migrate.PATIENCE_MS", 50)
    _own_keys(home)
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{home / 'clinic.db'}"))
    with sqlite3.connect(home / "clinic.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "The database is in use by another program just now. Try again in a moment." in refused()
        other.execute("ROLLBACK")
    other.close()


def test_a_file_that_is_no_database(home: Path) -> None:
    _own_keys(home)
    (home / "clinic.db").write_text("Dear diary, " * 100)
    assert "cannot be used: file is not a database." in refused()


def test_a_folder_that_takes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", "sqlite+aiosqlite:////proc/clinic.db")
    assert "The keys at /proc/clinic.db.keys cannot be read or written" in refused()


def test_the_database_of_a_demo(home: Path, stranger: str) -> None:
    _own_keys(home)
    url = f"sqlite+aiosqlite:///{home / 'clinic.db'}"
    asyncio.run(upgrade(url))
    asyncio.run(execute(url, "INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 3600)"))
    from bot.app import build_house
    from config.settings import BadSettings, load_settings

    house = build_house(load_settings())
    with pytest.raises(BadSettings, match="belongs to a demo"):
        asyncio.run(house.refresh_clock())


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
class TestPostgreSQL:
    def test_without_keys(self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", blank_database_url)
        assert refused() == (
            "GENTLEHOURS_KEYS is not set. PostgreSQL needs it: `gentlehours keys new` makes a key."
        )

    def test_a_schema_that_is_not_there(
        self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", blank_database_url)
        monkeypatch.setenv("GENTLEHOURS_KEYS", Keyring.new_key("k1"))
        assert refused() == "The database is empty. Run `gentlehours migrate` to lay its tables."
        done = CliRunner().invoke(app, ["migrate"])
        assert (done.exit_code, done.stdout) == (0, "Done.\n")

    def test_a_schema_that_is_old(self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", blank_database_url)
        monkeypatch.setenv("GENTLEHOURS_KEYS", Keyring.new_key("k1"))
        asyncio.run(upgrade(blank_database_url))
        monkeypatch.setattr("config.migrate.head", lambda: "0000-of-tomorrow")
        assert refused() == (
            "The database is older than this program. Make a backup, then run `gentlehours migrate`."
        )

    def test_a_server_that_is_away(self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        away = make_url(blank_database_url).set(host="127.0.0.1", port=1, query={}, password="pears")
        monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", away.render_as_string(hide_password=False))
        monkeypatch.setenv("GENTLEHOURS_KEYS", Keyring.new_key("k1"))
        said = refused()
        assert "cannot be reached" in said
        assert "pears" not in said


def test_the_program_itself_ends_so(home: Path) -> None:
    """All the others ask in this process; this one is typed."""
    done = subprocess.run(
        [GENTLEHOURS, "run"],
        cwd=home,
        env=environment(home, bot_token="nonsense"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("GENTLEHOURS_BOT_TOKEN is not a bot token")
    assert len(done.stderr.splitlines()) == 1


def _own_keys(home: Path) -> None:
    descriptor = os.open(home / "clinic.db.keys", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(Keyring.new_key("k1"))


def test_migrate_first_and_then_run(home: Path, stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys come with the file, so that `run` finds both."""
    done = CliRunner().invoke(app, ["migrate"])
    assert (done.exit_code, done.stdout) == (0, "Done.\n")
    monkeypatch.setenv("GENTLEHOURS_API_URL", stranger)
    assert "GENTLEHOURS_BOT_TOKEN is refused by the server." in refused()
