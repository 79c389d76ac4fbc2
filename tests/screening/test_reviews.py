"""A person looks: what they see, who may decide, and that Go comes only after contact (rule 16)."""

from __future__ import annotations

import pytest

from config.clock import Clock
from config.database import Database
from screening import clearance, holds, reviews
from screening.holds import AlreadyDecided, NotAllowed, NotYet
from tests.screening.person import ADMIN, LEAD, PROFILE, THERAPIST, ZONE, Person, sign


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    told = Person(database, clock)
    await told.starts()
    await told.tells("first", *PROFILE, "none", "none", "none")
    told.book(hours=20)
    return told


async def look(person: Person, code: str) -> reviews.Review:
    hold = await person.hold(code)
    async with person.database.reading() as session:
        return await reviews.review(session, hold.id, person.now, ZONE)


async def decide(
    person: Person, code: str, choice: str, reason: str, who: dict, **more: str
) -> reviews.Decided:
    hold = await person.hold(code)
    async with person.database.transaction() as session:
        return await reviews.decide(
            session, hold.id, choice=choice, reason=reason, **who, now=person.now, zone=ZONE, **more
        )


async def test_the_card_has_own_words_code_rule_and_policy(person: Person) -> None:
    await person.says("change_unsure", "text", "something is odd in my hand")
    async with person.database.reading() as session:
        (seen,) = await reviews.open_reviews(session, person.now, ZONE)
    assert seen.hold.words == "something is odd in my hand"
    assert (seen.hold.code, seen.rule, seen.hold.policy_version) == ("change_unsure", "N2", "1.0.2")
    assert seen.hold.appointment_id == person.appointment
    assert (seen.who, seen.actions) == ("staff", ("go", "adapt", "postpone"))


# code -> who decides, what can be offered at first
CARDS = [
    ("change_unsure", "staff", ("go", "adapt", "postpone")),
    ("answers_conflict", "staff", ("go", "adapt", "postpone")),
    ("relapse_unsure", "lead", ("go", "adapt", "postpone")),
    ("foot_ulcer", "staff", ("go", "adapt", "postpone")),
    ("relapse_current", "lead", ("postpone",)),
    ("clearance_void_changed", "lead", ("postpone",)),
    ("chest_pain_now", "lead", ("spoke", "postpone")),
]


@pytest.mark.parametrize(("code", "who", "actions"), CARDS)
async def test_go_is_missing_where_an_ok_or_a_date_is_not_met(
    person: Person, code: str, who: str, actions: tuple[str, ...]
) -> None:
    await person.says(code, "staff")
    seen = await look(person, code)
    assert (seen.who, seen.actions) == (who, actions)


@pytest.mark.parametrize("code", ["fever_or_infection", "unanswered", "system_error"])
async def test_what_a_full_answer_ends_is_no_review(person: Person, code: str) -> None:
    await person.says(code, "staff")
    async with person.database.reading() as session:
        assert await reviews.open_reviews(session, person.now, ZONE, person.id) == ()


@pytest.mark.parametrize("choice", ["go", "adapt"])
async def test_go_and_adapt_lift_after_contact(person: Person, choice: str) -> None:
    await person.says("change_unsure", "staff")
    with pytest.raises(NotYet) as refused:
        await decide(person, "change_unsure", choice, "w3", ADMIN)
    assert refused.value.missing == ("contact",)
    hold = await person.hold("change_unsure")
    done = await decide(person, "change_unsure", choice, "w1", THERAPIST)
    assert (done.choice, done.lifted, done.still) == (choice, True, ())
    async with person.database.reading() as session:
        lifted = await holds.get(session, hold.id)
    assert (lifted.lifted_by, lifted.decision) == (THERAPIST["by"], choice)
    assert lifted.contact_at == person.now


async def test_another_hold_stays_open(person: Person) -> None:
    await person.says("change_unsure", "staff")
    await person.says("fever_or_infection", "staff")
    other = await person.hold("fever_or_infection")
    done = await decide(person, "change_unsure", "go", "w1", ADMIN)
    assert done.still == (other.id,)
    assert not (await person.validity()).screened


async def test_postpone_keeps_the_hold_and_says_why(person: Person) -> None:
    await person.says("change_unsure", "staff")
    with pytest.raises(ValueError, match="reasons"):
        await decide(person, "change_unsure", "postpone", "w4", ADMIN)
    done = await decide(person, "change_unsure", "postpone", "w4", ADMIN, words="waits for the MS nurse")
    assert not done.lifted
    hold = await person.hold("change_unsure")
    assert hold.decision == "postpone"
    assert hold.lift == {"reason": "w4", "seen": "waits for the MS nurse"}


async def test_relapse_unsure_is_decided_by_a_lead(person: Person) -> None:
    await person.says("relapse_unsure", "staff")
    with pytest.raises(NotAllowed):
        await decide(person, "relapse_unsure", "go", "w1", ADMIN)
    assert (await decide(person, "relapse_unsure", "go", "w1", LEAD)).lifted


async def test_the_first_tap_counts(person: Person) -> None:
    await person.says("change_unsure", "staff")
    hold = await person.hold("change_unsure")
    await decide(person, "change_unsure", "go", "w1", ADMIN)
    async with person.database.transaction() as session:
        with pytest.raises(AlreadyDecided) as refused:
            await reviews.decide(
                session, hold.id, choice="postpone", reason="w1", **LEAD, now=person.now, zone=ZONE
            )
    assert refused.value.by == ADMIN["by"]


async def test_urgent_has_no_go_even_for_a_lead_who_spoke(person: Person) -> None:
    await person.says("chest_pain_now", "text")
    with pytest.raises(NotYet):
        await decide(person, "chest_pain_now", "go", "w1", LEAD)
    hold = await person.hold("chest_pain_now")
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=LEAD["by"], now=person.now)
    sent = await person.sends_ok()
    async with person.database.transaction() as session:
        await clearance.accept(session, sent, **LEAD, months=12, now=person.now, zone=ZONE)
    assert (await look(person, "chest_pain_now")).missing == ()
    with pytest.raises(NotYet):
        await decide(person, "chest_pain_now", "adapt", "w1", LEAD)
    assert await person.held() == {"chest_pain_now"}
