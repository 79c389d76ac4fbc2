"""One call of the Bot API as it came: query, form, JSON or multipart, all read into the same values."""

from __future__ import annotations

import json
import mimetypes
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.simulator.errors import Refused, bad

MOST_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file in the body of a call."""

    name: str
    mime: str
    data: bytes


@dataclass
class Params:
    """Named values of a call. A value is text, or already what JSON made of it."""

    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def given(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def integer(self, name: str, default: int | None = None) -> int:
        """Raises: Refused 400 if it is neither given nor defaulted, or no whole number."""
        value = self.values.get(name)
        if value in (None, ""):
            if default is None:
                raise bad(f"{name} is not specified")
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"invalid {name} specified") from None

    def number(self, name: str) -> float:
        """Raises: Refused 400 if it is not there or no number."""
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            raise bad(f"{name} is empty" if name not in self.values else f"invalid {name}") from None

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value is True or str(value).lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """An object or list, also when it came as text. Raises: Refused 400."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def logged(self) -> dict[str, Any]:
        """For the log of calls: values decoded, files by name and size."""
        shown: dict[str, Any] = {}
        for name, value in self.values.items():
            shown[name] = value
            if isinstance(value, str) and (
                value[:1] in "[{" or re.fullmatch(r"-?\d{1,18}|true|false", value)
            ):
                try:
                    shown[name] = json.loads(value) if name not in ("text", "caption") else value
                except ValueError:
                    shown[name] = value
        for name, upload in self.files.items():
            shown[name] = {"file_name": upload.name, "size": len(upload.data)}
        return shown


async def read(request: Request) -> Params:
    """All values of a call; the body wins over the query. Raises: Refused 400, 413."""
    values: dict[str, Any] = dict(request.query_params)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, "Request Entity Too Large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        return Params(values)
    if kind == "application/json":
        try:
            decoded = json.loads(bytes(body))
        except ValueError:
            raise bad("can't parse JSON object") from None
        if not isinstance(decoded, dict):
            raise bad("object expected as request body")
        return Params({**values, **decoded})
    if kind == "multipart/form-data":
        fields, files = multipart(bytes(body), request.headers["content-type"])
        return Params({**values, **fields}, files)
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Params({**values, **fields})


def multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and files of a form body. Raises: Refused 400 for a body without its boundary."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        raise bad("can't parse multipart body")
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + found[1].encode())[1:]:
        if part.startswith(b"--"):
            break
        head, gap, content = part.partition(b"\r\n\r\n")
        if not gap:
            raise bad("can't parse multipart body")
        headers = head.decode("utf-8", "replace")
        name = _header(headers, "name")
        filename = _header(headers, "filename")
        if name is None:
            continue
        if filename is None:
            fields[name] = content.decode("utf-8", "replace")
            continue
        mime = re.search(r"(?im)^content-type:\s*([^\s;]+)", headers)
        guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        files[name] = Upload(filename, mime[1] if mime else guessed, content)
    return fields, files


def _header(headers: str, name: str) -> str | None:
    found = re.search(rf'(?i)[;\s]{name}="((?:[^"\\]|\\.)*)"', headers)
    if found is None:
        return None
    return found[1].replace('\\"', '"').replace("%22", '"')
