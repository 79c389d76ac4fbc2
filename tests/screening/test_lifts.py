"""What must be there before a person may end a hold, and who that person is (rule 16), as tables of days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from screening import lifts
from screening.lifts import AcceptedOk, Evidence, Steady
from screening.policy import LiftBy, Slot

TODAY = date(2027, 3, 1)
SET_ON = TODAY - timedelta(days=20)  # the day that each hold of these tables was set


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def doctor_ok(given: int | None, *names: str, kind: str = "self", until: int = 0) -> AcceptedOk:
    """An OK given so many days ago (None: no day told), that counts until so many days from now."""
    on = None if given is None else days_ago(given)
    return AcceptedOk(kind, on, TODAY + timedelta(days=until), frozenset(names))


def letter(given: int | None, *names: str, until: int = 0) -> AcceptedOk:
    return doctor_ok(given, *names, kind="letter", until=until)


def lacking(
    slot: Slot,
    code: str = "some_code",
    *oks: AcceptedOk,
    spoke: bool = True,
    earliest: int | None = None,
    needs_letter: bool = False,
    ms: bool = True,
    steady: Steady | None = None,
) -> str:
    """What is missing, with a hold until `earliest` days from now."""
    until = None if earliest is None else TODAY + timedelta(days=earliest)
    evidence = Evidence(TODAY, SET_ON, spoke, ms, steady, oks)
    return " ".join(lifts.missing(slot, code, until, needs_letter, evidence))


@pytest.mark.parametrize("slot", [Slot.CANCELLED, Slot.REVIEW, Slot.FREED])
def test_an_urgent_code_a_review_and_a_hold_without_a_date_need_a_talk(slot: Slot) -> None:
    oks = (doctor_ok(0),)
    assert lacking(slot, "some_code", *oks, spoke=False) == "contact"
    assert lacking(slot, "some_code", *oks) == ""


@pytest.mark.parametrize("slot", [Slot.MOVED, Slot.KEPT, Slot.WAITS])
def test_other_holds_need_none(slot: Slot) -> None:
    assert lacking(slot, "some_code", doctor_ok(0), spoke=False) == ""


@pytest.mark.parametrize("code", ["under_18", "consent_support_needed"])
def test_who_cannot_decide_alone_is_spoken_with(code: str) -> None:
    assert lacking(Slot.WAITS, code, doctor_ok(0), spoke=False) == "contact"


def test_help_with_consent_asks_for_no_doctor() -> None:
    assert lacking(Slot.WAITS, "consent_support_needed") == ""
    assert lacking(Slot.WAITS, "under_18") == "ok"


@pytest.mark.parametrize(("slot", "missing"), [(Slot.MOVED, "date"), (Slot.FREED, "date"), (Slot.REVIEW, "")])
def test_the_days_of_a_hold_must_be_over_but_a_review_looks_at_the_visit_itself(
    slot: Slot, missing: str
) -> None:
    assert lacking(slot, earliest=1) == missing
    assert lacking(slot, earliest=0) == ""
    assert lacking(slot, earliest=None) == ""


@pytest.mark.parametrize("slot", [Slot.CANCELLED, Slot.WAITS])
def test_urgent_and_clearance_need_an_ok_given_after_the_hold_was_set(slot: Slot) -> None:
    assert lacking(slot) == "ok"
    assert lacking(slot, "some_code", doctor_ok(21)) == "ok"
    assert lacking(slot, "some_code", doctor_ok(20)) == ""
    assert lacking(slot, "some_code", doctor_ok(None)) == "ok"  # on no known day
    assert lacking(slot, "some_code", doctor_ok(5, until=-1)) == "ok"  # out since yesterday
    assert lacking(slot, "some_code", doctor_ok(5, until=-1), doctor_ok(5)) == ""
    assert lacking(slot, "some_code", doctor_ok(30), doctor_ok(5)) == ""


def test_a_letter_that_names_the_finding_answers_it_whatever_its_day() -> None:
    assert lacking(Slot.WAITS, "bone_metastases", letter(60, "bone_metastases")) == ""
    assert lacking(Slot.WAITS, "bone_metastases", letter(60, "clot_under_6m")) == "ok"


@pytest.mark.parametrize(
    ("oks", "missing"),
    [
        ((), "ok letter"),
        ((doctor_ok(5),), "letter"),
        ((doctor_ok(5, "clot_under_6m"),), "letter"),  # told, not written
        ((letter(5, "fracture_recent"),), "letter"),
        ((letter(5, "clot_under_6m", until=-1),), "ok letter"),
        ((letter(5, "clot_under_6m"),), ""),
        ((letter(None, "clot_under_6m", until=30),), ""),
    ],
)
def test_where_rule_9_asks_for_a_letter_nothing_else_will_do(
    oks: tuple[AcceptedOk, ...], missing: str
) -> None:
    assert lacking(Slot.WAITS, "clot_under_6m", *oks, needs_letter=True) == missing


@pytest.mark.parametrize("code", ["doctor_ok_missing", "clearance_expired"])
def test_no_event_lies_behind_a_missing_ok_so_any_valid_one_answers_it(code: str) -> None:
    for ok in (doctor_ok(170), doctor_ok(None)):
        assert lacking(Slot.WAITS, code, ok) == ""
    assert lacking(Slot.WAITS, code, doctor_ok(1, until=-1)) == "ok"
    assert lacking(Slot.WAITS, "clearance_void_changed", doctor_ok(170)) == "ok"


@pytest.mark.parametrize(
    ("code", "ms", "given", "missing"),
    [
        # a relapse "over 6 months ago" was never compared with a first OK, so it is now (N3)
        ("doctor_ok_missing", True, 20 + 180, ""),
        ("doctor_ok_missing", True, 20 + 181, "ok"),
        ("doctor_ok_missing", False, 20 + 181, ""),
        ("clearance_expired", True, 20 + 181, ""),
    ],
)
def test_a_first_ok_from_before_a_relapse_does_not_count_with_ms(
    code: str, ms: bool, given: int, missing: str
) -> None:
    assert lacking(Slot.WAITS, code, doctor_ok(given), ms=ms) == missing


def calm(since: int, began: int | None = None, ended: int | None = None) -> Steady:
    """ "Steady since", "it began", "it ended": days ago."""
    return Steady(days_ago(since), *(None if day is None else days_ago(day) for day in (began, ended)))


@pytest.mark.parametrize(
    ("steady", "ms", "missing"),
    [
        (None, True, "steady ended"),
        (None, False, "steady"),
        (calm(13, ended=30), True, "steady"),
        (calm(14, ended=30), True, ""),
        (calm(14, ended=29), True, "ended"),
        (calm(14), True, "ended"),  # when it ended is not known
        (calm(14), False, ""),
        (calm(13), False, "steady"),
        (calm(14, ended=5), False, ""),
    ],
)
def test_a_relapse_needs_14_steady_days_and_with_ms_30_since_its_end(
    steady: Steady | None, ms: bool, missing: str
) -> None:
    fresh = doctor_ok(1)
    assert lacking(Slot.PROVISIONAL, "relapse_current", fresh, steady=steady, ms=ms) == missing


@pytest.mark.parametrize(
    ("began", "given", "missing"),
    [(40, 40, ""), (40, 41, "ok"), (None, 20, ""), (None, 21, "ok"), (10, 20, ""), (10, 21, "ok")],
)
def test_the_ok_must_be_newer_than_the_start_of_the_relapse(
    began: int | None, given: int, missing: str
) -> None:
    """When it began after the hold was set, or on no known day, the day of the hold counts."""
    since = calm(14, began, 30)
    assert lacking(Slot.PROVISIONAL, "relapse_current", doctor_ok(given), steady=since) == missing
    # the start of a relapse says nothing of other holds
    assert lacking(Slot.WAITS, "some_code", doctor_ok(21), steady=since) == "ok"


def test_all_that_is_missing_is_named_in_the_order_in_which_staff_ask_for_it() -> None:
    everything = lacking(Slot.CANCELLED, spoke=False, earliest=3, needs_letter=True)
    assert everything == "contact date ok letter"
    assert lacking(Slot.PROVISIONAL, earliest=3) == "date steady ended ok"


@pytest.mark.parametrize("slot", list(Slot))
def test_which_holds_wait_for_an_ok(slot: Slot) -> None:
    waits = slot in (Slot.CANCELLED, Slot.WAITS, Slot.PROVISIONAL)
    assert lifts.needs_ok(slot, "some_code") is waits
    assert lifts.needs_ok(slot, "consent_support_needed") is False


WHO = [
    (LiftBy.LEAD, "lead"),
    (LiftBy.STAFF, "lead admin therapist"),
    (LiftBy.FULL_CHECK, ""),
    (LiftBy.ANSWER, ""),
    (LiftBy.NOBODY, ""),
]


@pytest.mark.parametrize(("lift_by", "allowed"), WHO)
@pytest.mark.parametrize("role", ["lead", "admin", "therapist", "client", "helper"])
def test_who_may_lift(lift_by: LiftBy, allowed: str, role: str) -> None:
    refused: list[str] = []

    def refuse(needed: str) -> Exception:
        refused.append(needed)
        return PermissionError(needed)

    def ask(roles: Iterable[str]) -> None:
        lifts.check_role(lift_by, frozenset(roles), refuse)

    if role in allowed.split():
        ask({role})
        ask({role, "client"})
        assert refused == []
    else:
        with pytest.raises(PermissionError, match=lift_by.value):
            ask({role})
        assert refused == [lift_by.value]


def test_evidence_of_another_day_is_judged_on_that_day() -> None:
    early = Evidence(TODAY, SET_ON, True, True, calm(14, ended=30), (doctor_ok(1),))
    assert lifts.missing(Slot.PROVISIONAL, "relapse_current", None, False, early) == ()
    before = replace(early, today=days_ago(1))
    assert lifts.missing(Slot.PROVISIONAL, "relapse_current", None, False, before) == ("steady", "ended")
