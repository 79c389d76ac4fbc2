"""Writes a new migration: `make migration m="why"`. A person reads and mends it before it is committed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.schema import metadata
from config.migrate import head, upgrade, write_revision


async def main(message: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/blank.db"
        if head() is not None:
            await upgrade(url)
        return await write_revision(url, metadata(), message)


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].strip():
        sys.exit('Say why the tables change: make migration m="Remember who took a task"')
    path = asyncio.run(main(sys.argv[1].strip()))
    noise = ("# ### commands auto generated", "# ### end Alembic commands")
    lines = path.read_text().replace(", schema=None)", ")").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith(noise)))
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([ruff, *arguments, path], check=False)
    print(path)
