"""The clinic's own file: who, where, when; refused with a sentence that says what to change."""

from __future__ import annotations

import itertools
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

EXAMPLE = Path(__file__).parent / "policy" / "clinic.toml"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

RANGE = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$")


class BadClinicFile(Exception):
    """The clinic's file cannot be used; each sentence says what to change."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def parse_range(text: str) -> tuple[int, int]:
    """ "9:00-13:00" -> minutes after local midnight (540, 780). Raises: ValueError with a sentence."""
    match = RANGE.match(text)
    if match is None:
        raise ValueError(f'"{text}" is not a range of hours; write it like "9:00-13:00"')
    h1, m1, h2, m2 = (int(part) for part in match.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if m1 > 59 or m2 > 59 or end > 24 * 60:
        raise ValueError(f'"{text}" has an hour that does not exist; hours go from 0:00 to 24:00')
    if start >= end:
        raise ValueError(f'"{text}" ends before it starts')
    if start % 5 or end % 5:
        raise ValueError(f'"{text}" is not in steps of 5 minutes')
    return start, end


def parse_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges of one day, "9:00-13:00, 15:00-18:00", in order. Raises: ValueError if two overlap."""
    ranges = sorted(parse_range(part) for part in text.split(",") if part.strip())
    for (_, end), (start, _) in itertools.pairwise(ranges):
        if start < end:
            raise ValueError(f'"{text}" has two ranges that overlap')
    return tuple(ranges)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f'"{name}" is not a time zone; use a name like "Europe/Berlin" or "America/New_York"'
        ) from None
    return name


def _ranges(text: str) -> str:
    parse_ranges(text)
    return text


def _range(text: str) -> str:
    parse_range(text)
    return text


Ranges = Annotated[str, AfterValidator(_ranges)]
OneRange = Annotated[str, AfterValidator(_range)]
Number = Annotated[str, Field(min_length=2, max_length=40)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(Part):
    """Read at every start."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    address: Annotated[str, Field(min_length=1, max_length=120)]
    phone: Number
    zone: Annotated[str, AfterValidator(_zone)]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="for phone numbers without +")] = "DE"
    directions: Annotated[str, Field(max_length=200)] = ""
    step_free: Annotated[str, Field(max_length=120)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class Numbers(Part):
    """Read at every start. A line that is not set is left out of the texts that would name it."""

    emergency: Number
    urgent: Number
    crisis: Number
    cancer: Number | None = None
    maternity: Number | None = None


class Week(Part):
    mon: Ranges = ""
    tue: Ranges = ""
    wed: Ranges = ""
    thu: Ranges = ""
    fri: Ranges = ""
    sat: Ranges = ""
    sun: Ranges = ""

    def by_weekday(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """Monday is 0; minutes after local midnight."""
        return {i: parse_ranges(getattr(self, day)) for i, day in enumerate(DAYS)}


class Rules(Part):
    """Seeds for the rules of booking; later changed in the product."""

    grid_minutes: Literal[5, 10, 15, 20, 30, 60] = 15
    notice_hours: Annotated[int, Field(ge=0, le=336)] = 4
    horizon_days: Annotated[int, Field(ge=1, le=400)] = 90
    lead_days_without_ok: Annotated[int, Field(ge=0, le=60)] = 3
    book_without_ok: bool = True
    weekly_limit: Annotated[int, Field(ge=1, le=14)] = 2
    free_until_hours: Annotated[int, Field(ge=0, le=168)] = 24
    late_rule: Annotated[str, Field(max_length=80)] = "Half the price is due"
    morning: OneRange = "8:00-12:00"
    quiet: Annotated[str, Field(pattern=r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$")] = "21:00-7:00"
    hold_minutes: Annotated[int, Field(ge=3, le=15)] = 10
    check_hours: Annotated[int, Field(ge=12, le=48)] = 24
    cutoff_hours: Annotated[int, Field(ge=12, le=12)] = 12
    release_hours: Annotated[int, Field(ge=1, le=11)] = 4
    recheck_hours: Annotated[int, Field(ge=1, le=4)] = 3
    contagious_days: Annotated[int, Field(ge=5, le=30)] = 5
    keep_hours: Annotated[int, Field(ge=24, le=168)] = 48
    arrive_early_minutes: Annotated[int, Field(ge=0, le=60)] = 10


class Calls(Part):
    """Within how many minutes staff call, inside the clinic's opening hours."""

    emergency_minutes: Annotated[int, Field(ge=1, le=15)] = 15
    urgent_minutes: Annotated[int, Field(ge=1, le=60)] = 60


class Retention(Part):
    years_after_last_visit: Annotated[int, Field(ge=0, le=30)] = 3
    update_ids_days: Annotated[int, Field(ge=1, le=90)] = 7
    by_law: Annotated[str, Field(max_length=120)] = ""
    by_law_years: Annotated[int, Field(ge=0, le=30)] = 0


class TreatmentSeed(Part):
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,19}$")]
    name: Annotated[str, Field(min_length=2, max_length=24)]
    minutes: Annotated[int, Field(ge=10, le=180, multiple_of=5)]
    buffer_minutes: Annotated[int, Field(ge=0, le=60, multiple_of=5)] = 15
    price: Annotated[str, Field(max_length=20)] = ""
    first_visit: bool = False


class RoomSeed(Part):
    name: Annotated[str, Field(min_length=1, max_length=20)]
    cool: bool = False


class TherapistSeed(Part):
    name: Annotated[str, Field(min_length=2, max_length=40)]
    trained_by: Annotated[str, Field(max_length=60)] = ""
    oncology: bool = False
    hours: Week = Week()


class Closed(Part):
    first: date
    last: date


class ClinicFile(Part):
    """What a clinic says about itself; only `clinic` and `numbers` are read again after the first start."""

    clinic: Identity
    numbers: Numbers
    opening: Week
    rules: Rules = Rules()
    calls: Calls = Calls()
    retention: Retention = Retention()
    treatments: Annotated[tuple[TreatmentSeed, ...], Field(min_length=1)]
    rooms: Annotated[tuple[RoomSeed, ...], Field(min_length=1)]
    therapists: tuple[TherapistSeed, ...] = ()
    closed: tuple[Closed, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> ClinicFile:
        if not any(self.opening.by_weekday().values()):
            raise ValueError("[opening] has no hours; give at least one day")
        for what, names in (
            ("treatments", [t.code for t in self.treatments]),
            ("rooms", [r.name for r in self.rooms]),
            ("therapists", [t.name for t in self.therapists]),
        ):
            double = {n for n in names if names.count(n) > 1}
            if double:
                raise ValueError(f"[[{what}]] names {sorted(double)[0]!r} twice")
        if sum(t.first_visit for t in self.treatments) != 1:
            raise ValueError("exactly one of [[treatments]] needs first_visit = true")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.zone)


def parse_clinic(text: str, source: str = "the clinic's file") -> ClinicFile:
    """Raises: BadClinicFile with one sentence a fault."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadClinicFile([f"{source} is not valid TOML: {error}."]) from None
    try:
        return ClinicFile.model_validate(raw)
    except ValidationError as error:
        raise BadClinicFile([_sentence(source, fault) for fault in error.errors()]) from None


def load_clinic(path: Path) -> ClinicFile:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadClinicFile(
            [f"There is no clinic file at {path}. Copy the example: `gentlehours example`."]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadClinicFile([f"{path} cannot be read: {type(error).__name__}."]) from None
    return parse_clinic(text, str(path))


def _sentence(source: str, fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "file"
    words = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    kind = fault["type"]
    if kind == "missing":
        words = "is missing; add it"
    elif kind == "extra_forbidden":
        words = "is not a setting; remove it or mend its spelling"
    return f"{source}: {where}: {words}."
