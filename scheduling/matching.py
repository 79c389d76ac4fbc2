"""Who may treat whom, and in which room. No match is downgraded: nobody free means another day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """What a client's conditions ask of the clinic. Training for nerve conditions is always asked."""

    oncology: bool = False
    """Cancer now or within a year."""
    cool: bool = False
    """Heat makes symptoms worse."""


PLAIN = Needs()


@dataclass(frozen=True, slots=True)
class Skills:
    """What the clinic has checked of a therapist."""

    therapist_id: str
    trained: bool
    oncology: bool = False


@dataclass(frozen=True, slots=True)
class RoomTag:
    room_id: str
    cool: bool = False


def may_treat(skills: Skills, needs: Needs) -> bool:
    return skills.trained and (skills.oncology or not needs.oncology)


def suitable(therapists: Iterable[Skills], needs: Needs) -> list[str]:
    """Ids of those who may treat the client, in the order given."""
    return [one.therapist_id for one in therapists if may_treat(one, needs)]


def rooms_in_order(rooms: Iterable[RoomTag], needs: Needs) -> list[RoomTag]:
    """Rooms to try, best first: cool ones first for those who need them and last for those who do not."""
    return sorted(rooms, key=lambda room: room.cool != needs.cool)
