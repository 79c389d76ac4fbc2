"""`gentlehours ...` as somebody types it: a process of its own, with an environment of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

GENTLEHOURS = Path(sys.executable).with_name("gentlehours")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This machine's, without any setting of ours but those given (by their names without the prefix)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GENTLEHOURS_", "XDG_"))}
    own = {f"GENTLEHOURS_{name.upper()}": value for name, value in settings.items()}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "PYTHONUNBUFFERED": "1",
        **own,
    }


@dataclass
class Program:
    """One that runs, and what it has said on standard error so far."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, *arguments: str, cwd: Path, **settings: str) -> Program:
        process = await asyncio.create_subprocess_exec(
            str(GENTLEHOURS),
            *arguments,
            cwd=cwd,
            env=environment(cwd, **settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        program = cls(process)
        program._reading = asyncio.create_task(program._read())
        return program

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode(errors="replace").rstrip())

    async def says(self, words: str, seconds: float = 60) -> str:
        """Wait for a line that has these words. Raises: AssertionError with all it said."""
        for _ in range(int(seconds * 20)):
            for line in self.said:
                if words in line:
                    return line
            if self.process.returncode is not None and self._reading is not None and self._reading.done():
                break
            await asyncio.sleep(0.05)
        raise AssertionError(f"never said {words!r}:\n" + "\n".join(self.said))

    async def ended(self, seconds: float) -> int:
        """Its exit code. Raises: TimeoutError if it is still running after `seconds`."""
        try:
            return await asyncio.wait_for(self.process.wait(), seconds)
        finally:
            if self._reading is not None and self.process.returncode is not None:
                await self._reading

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        if self._reading is not None:
            await self._reading
