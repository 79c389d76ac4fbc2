"""Logs as events. The token appears in none of them, and no health answer is ever handed to one."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

TOKEN = re.compile(r"\d{6,16}:[A-Za-z0-9_-]{20,80}")
HIDDEN = "<token>"


def set_up(*, level: str = "INFO") -> None:
    """One format for ours and the libraries'. httpx prints the token in its URLs at INFO: it is quiet."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _plain_traceback,
        _redact,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=False),
            ],
        )
    )
    handler.addFilter(_hide_token)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpcore",
        "apscheduler",
        "telegram",
        "aiosqlite",
        "uvicorn.access",
        "asyncio",
        "asyncpg",
        "sqlalchemy",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # it prints what it cannot read, which is what people wrote; its errors reach us as exceptions
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _plain_traceback(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where a fault arose, without its message: a message may carry what a person told us."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        places = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["at"] = " > ".join(places[-8:])
        event["error"] = type(error).__name__
    return event


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        key: TOKEN.sub(HIDDEN, value) if isinstance(value, str) else value for key, value in event.items()
    }


def _hide_token(record: logging.LogRecord) -> bool:
    if record.name == "asyncio":  # below its first line stands the exception, words and all
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
    if isinstance(record.msg, str):
        record.msg = TOKEN.sub(HIDDEN, record.getMessage())
        record.args = ()
    return True
