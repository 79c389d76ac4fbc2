"""The questions, from first contact on: saved at each card, decided once, never clear by silence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.clock import Clock
from config.database import Database
from screening import files, interview, policy, profile, sign_off
from screening.decision import Decision
from screening.interview import Closed, NotOffered, NotSigned
from screening.policy import Outcome, Slot
from screening.tables import AnswerRecord, FindingRecord, Hold, Interview
from tests.screening.person import PROFILE, WELL, ZONE, Person

FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")


async def test_nobody_is_asked_before_the_policy_is_signed(database: Database, clock: Clock) -> None:
    early = Person(database, clock)
    decision = await early.starts()
    assert decision.outcome is Outcome.CLEAR
    with pytest.raises(NotSigned):
        await early.opens("first")


async def test_what_is_told_before_the_sign_off_holds_all_the_same(database: Database, clock: Clock) -> None:
    early = Person(database, clock)
    await early.starts(ok="first.ok.3")
    assert not (await early.gate()).may_book


async def test_first_contact_keeps_condition_and_best_time(newcomer: Person) -> None:
    async with newcomer.database.transaction() as session:
        await profile.start(session, newcomer.id, "3", "yes", newcomer.now, zone=ZONE, best_time="2")
        known = await profile.known(session, newcomer.id)
    assert known.named == {"parkinsons"}
    assert known.conditions is None
    assert (known.best_time, known.ok_said) == ("time_midday", True)


async def test_under_18_ends_first_contact_and_waits_for_a_lead(newcomer: Person) -> None:
    async with newcomer.database.transaction() as session:
        decision = await profile.start(session, newcomer.id, "1", "yes", newcomer.now, zone=ZONE, consent="2")
        answers = (await session.scalars(select(AnswerRecord))).all()
    assert decision.outcome is Outcome.CLEARANCE
    assert len(answers) == 1
    assert not (await newcomer.gate()).may_book


async def test_first_booking_resumes_at_each_card_with_a_new_session(newcomer: Person) -> None:
    await newcomer.starts()
    newcomer.book(days=5)
    assert await newcomer.due() == "first"
    seen = []
    for name in (*PROFILE, "none", "none", "none"):
        opened = await newcomer.opens("first")
        shown = await newcomer.taps(opened)
        assert shown.prompt is not None
        seen.append(shown.prompt.key)
        await newcomer.taps(opened, name)
    assert len(seen) == 12
    assert len(set(seen)) == 12
    decision = await newcomer.finishes(await newcomer.opens("first"))
    assert decision.outcome <= Outcome.CAUTION
    async with newcomer.database.reading() as session:
        known = await profile.known(session, newcomer.id)
    assert known.conditions == {"ms"}
    assert await newcomer.due() is None


async def test_the_rounds_of_one_visit(person: Person) -> None:
    seen = [await person.due()]
    await person.tells("check", *WELL)
    seen.append(await person.due())
    assert not (await person.validity()).screened
    person.wait(hours=21)
    seen.append(await person.due())
    await person.tells("recheck", "none")
    seen.append(await person.due())
    assert seen == ["check", None, "recheck", None]
    found = await person.validity()
    assert (found.full_ok, found.recheck_ok, found.screened) == (True, True, True)


async def test_a_booking_within_48_hours_asks_all_at_once(newcomer: Person) -> None:
    await newcomer.starts()
    newcomer.book(hours=30)
    assert await newcomer.due() == "first_full"
    decision = await newcomer.tells("first_full", *PROFILE, *WELL)
    assert decision.outcome <= Outcome.CAUTION
    assert await newcomer.due() is None
    assert (await newcomer.validity()).full_ok


async def test_the_rest_of_a_first_booking_counts_with_its_red_cards_only(newcomer: Person) -> None:
    await newcomer.starts()
    newcomer.book(hours=49)
    await newcomer.tells("first", *PROFILE, "none", "none", "none")
    assert newcomer.visit is not None
    newcomer.wait(hours=2)
    assert await newcomer.due() == "check"  # the red cards are older than 48 h at that start
    newcomer.visit -= timedelta(hours=3)
    assert await newcomer.due() == "window"
    await newcomer.tells("window", "none", "none")
    assert (await newcomer.validity()).full_ok
    newcomer.visit += timedelta(hours=3)
    assert not (await newcomer.validity()).full_ok


async def test_two_workers_finish_once(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, *FEVER)

    async def finish() -> bool:
        try:
            await person.finishes(opened)
        except Closed:
            return False
        return True

    assert sorted(await asyncio.gather(finish(), finish(), finish())) == [False, False, True]
    async with person.database.reading() as session:
        assert len((await session.scalars(select(Hold))).all()) == 1


# what is tapped -> outcome, the slot, what holds
ANSWERS = [
    (WELL, Outcome.CLEAR, Slot.STAYS, set()),
    (FEVER, Outcome.DEFER, Slot.MOVED, {"fever_or_infection"}),
    (
        ("none", "none", "none", "some", "check.d.1m", "thatsall", "detail.drel.1", "none", "right"),
        Outcome.DEFER,
        Slot.PROVISIONAL,
        {"relapse_current"},
    ),
    (("some", "check.a.1", "detail.dstr.1"), Outcome.URGENT, Slot.CANCELLED, {"stroke_signs_now"}),
    (("unsure", "still", "none", "none"), Outcome.DEFER, Slot.REVIEW, {"red_flag_unsure"}),
    (
        (
            "none",
            "none",
            "none",
            "none",
            "some",
            "check.e.2",
            "thatsall",
            "detail.dhosp.6",
            "none",
            "none",
            "right",
        ),
        Outcome.CLEARANCE,
        Slot.WAITS,
        {"clearance_void_changed"},
    ),
]


@pytest.mark.parametrize(("taps", "outcome", "slot", "held"), ANSWERS)
async def test_what_is_told_decides(
    person: Person, taps: tuple[str, ...], outcome: Outcome, slot: Slot, held: set[str]
) -> None:
    decision = await person.tells("check", *taps)
    assert (decision.outcome, decision.slot) == (outcome, slot)
    assert held <= await person.held()
    assert bool(held) == bool(await person.held())


async def test_the_act_now_text_is_known_before_anything_is_written(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "some", "check.a.1")
    async with person.database.reading() as session:
        ahead = await interview.foresee(session, opened, "detail.dstr.1", person.now)
        decision = await interview.decision_of(session, opened, ahead, person.now)
    assert ahead.stop == "urgent"
    assert decision.urgent is not None
    assert decision.urgent.text == "urgent.e"
    assert await person.held() == set()
    still = await person.taps(opened)
    assert still.prompt is not None
    assert still.prompt.card == "DSTR"


async def test_urgent_cannot_be_changed_back_nor_answered_away(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "some", "check.a.1", "detail.dstr.1")
    async with person.database.transaction() as session:
        with pytest.raises(NotOffered):
            await interview.change(session, opened, person.now)
    await person.finishes(opened)
    person.wait(hours=1)
    await person.tells("check", *WELL, "check.k.2")
    assert "stroke_signs_now" in await person.held()
    assert not (await person.gate()).may_book


async def test_a_changed_answer_is_a_new_record(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "none", "none")
    async with person.database.transaction() as session:
        after = await interview.change(session, opened, person.now)
    assert after.prompt is not None
    assert after.prompt.card == "B"
    await person.taps(opened, "none", "none", "none", "none")
    async with person.database.reading() as session:
        rows = (await session.scalars(select(AnswerRecord).where(AnswerRecord.interview_id == opened))).all()
    assert len(rows) == 6
    assert len([row for row in rows if row.withdrawn_at is not None]) == 1


async def test_a_no_on_the_cards_does_not_cancel_typed_words(person: Person) -> None:
    await person.says("new_symptom_under_24h", "text", "my hand went numb this morning")
    await person.tells("check", *WELL)
    assert "answers_conflict" in await person.held()


async def test_free_text_only_raises(person: Person) -> None:
    await person.says("relapse_current", "text", "I think it is a relapse")
    await person.says("skin_local", "text", "only a scratch")
    assert await person.held() == {"relapse_current"}
    with pytest.raises(ValueError, match="known source"):
        await person.says("no_such_code", "text")


async def test_a_newly_signed_policy_starts_the_round_again(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "none", "none", "none")
    texts = {
        name: text.replace('version = "1.0.2"', 'version = "1.0.3"') for name, text in files.shipped().items()
    }
    async with person.database.transaction() as session:
        await sign_off.store(session, policy.load(texts), {"en": {}}, person.now)
        await sign_off.sign(session, "1.0.3", "Eva Novak", None, person.now)
    async with person.database.reading() as session:
        shown = await interview.current(session, opened, person.now)
    assert shown is not None
    assert shown.card == "A"
    after = await person.taps(opened, "none")
    assert after.prompt is not None
    assert after.prompt.card == "A"
    await person.taps(opened, *WELL)
    await person.finishes(opened)
    async with person.database.reading() as session:
        row = await session.get(Interview, opened)
        rows = (await session.scalars(select(AnswerRecord).where(AnswerRecord.interview_id == opened))).all()
    assert row is not None
    assert (row.policy_version, row.state) == ("1.0.3", "complete")
    assert len([old for old in rows if old.withdrawn_at is not None]) == 3
    assert len(rows) == 8


async def test_half_a_check_of_yesterday_starts_again(person: Person) -> None:
    person.book(hours=47)
    opened = await person.opens("check")
    await person.taps(opened, "none", "none", "none", "none")
    person.wait(hours=25)
    shown = await person.taps(opened)
    assert shown.prompt is not None
    assert shown.prompt.card == "A"
    await person.taps(opened, "none")  # the tap of yesterday's card is not taken
    await person.taps(opened, *WELL)
    assert (await person.finishes(opened)).outcome is Outcome.CLEAR


async def test_a_held_time_that_ran_out_loses_no_answer(newcomer: Person) -> None:
    await newcomer.starts()
    newcomer.book(days=5)
    opened = await newcomer.opens("first")
    await newcomer.taps(opened, *PROFILE[:6])
    newcomer.book(hours=30)
    assert await newcomer.due() == "first_full"
    again = await newcomer.opens("first_full")
    assert again == opened
    shown = await newcomer.taps(again)
    assert shown.prompt is not None
    assert shown.prompt.card == "H"
    await newcomer.taps(again, *PROFILE[6:], *WELL)
    await newcomer.finishes(again)
    assert (await newcomer.validity()).full_ok


async def test_a_call_for_a_person_is_no_answer(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "none")
    async with person.database.reading() as session:
        before = await session.get(Interview, opened)
    shown = await person.taps(opened, "person")
    assert shown.prompt is not None
    assert shown.prompt.card == "B"
    async with person.database.reading() as session:
        after = await session.get(Interview, opened)
        rows = (await session.scalars(select(AnswerRecord).where(AnswerRecord.interview_id == opened))).all()
    assert before is not None
    assert after is not None
    assert (after.confirmed_at, len(rows)) == (before.confirmed_at, 1)


async def test_conditions_not_sure_any_more_open_every_row(person: Person) -> None:
    opened = await person.opens("check")
    taps = ("none", "none", "none", "none", "some", "check.e.2", "thatsall", "detail.dhosp.6", "unsure")
    shown = await person.taps(opened, *taps)
    script = {"P0b": "profile.p0b.2 thatsall", "F": "check.f.4", "CONFIRM": "right"}
    while shown.prompt is not None:
        card = shown.prompt.card
        gate = "none" if any(option.name == "none" for option in shown.prompt.options) else "unsure"
        shown = await person.taps(opened, *script.get(card, gate).split())
    await person.finishes(opened)
    assert "conditions_unsure" in await person.held()
    async with person.database.reading() as session:
        known = await profile.known(session, person.id)
    assert known.conditions is None
    assert {"ms", "cancer_now"} <= known.named


async def test_an_old_button_changes_nothing(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "none")
    async with person.database.transaction() as session:
        with pytest.raises(NotOffered):
            await interview.answer(session, opened, "check.a.1", person.now)
    shown = await person.taps(opened)
    assert shown.prompt is not None
    assert shown.prompt.card == "B"


async def test_what_is_over_takes_no_answer(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, *WELL)
    await person.finishes(opened)
    async with person.database.transaction() as session:
        with pytest.raises(Closed):
            await interview.answer(session, opened, "none", person.now)
        with pytest.raises(Closed):
            await interview.finish(session, opened, person.now)


async def test_no_health_word_stands_in_clear(person: Person) -> None:
    decision: Decision = await person.tells("check", *FEVER)
    assert decision.reasons
    await person.says("relapse_current", "text", "a relapse since Monday")
    async with person.database.reading() as session:
        for table in (Interview, AnswerRecord, FindingRecord, Hold):
            for row in (await session.scalars(select(table))).all():
                clear = " ".join(
                    str(value)
                    for key, value in vars(row).items()
                    if not isinstance(value, bytes) and key[0] != "_"
                )
                for word in ("fever", "relapse", "Monday", "check.c.1", "ms'"):
                    assert word not in clear


async def test_an_erased_client_leaves_a_skeleton_without_words(person: Person) -> None:
    await person.tells("check", *FEVER)
    async with person.database.transaction() as session:
        await profile.forget(session, person.id, person.now)
    async with person.database.reading() as session:
        rows = (await session.scalars(select(Hold))).all()
        assert [row.sealed for row in rows] == [None]
        assert (await profile.known(session, person.id)).conditions is None
    assert (await person.gate()).holds == ()
