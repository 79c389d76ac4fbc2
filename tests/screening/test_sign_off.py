"""Nobody is booked before a lead signs, and the signed policy decides even when the files are newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.clock import Clock
from config.database import Database
from screening import files, policy, sign_off

WORDS = {"en": {"check.a": "In the last 7 days, have you had any of these?"}}


@pytest.fixture(scope="session")
def shipped() -> policy.Policy:
    return policy.load(files.shipped())


def newer(shipped: policy.Policy) -> policy.Policy:
    texts = {
        name: text.replace('version = "1.0.2"', 'version = "1.0.3"') for name, text in shipped.files.items()
    }
    return policy.load(texts)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("I, Eva Novak, have read version 1.0.2 and sign it.", "Eva Novak"),
        ("i,  Eva   Novak , have read version 1.0.2 and sign it", "Eva Novak"),
        ("I, Eva Novak, have read version 1.0.3 and sign it.", None),
        ("I, NAME, have read version 1.0.2 and sign it.", None),
        ("I have read version 1.0.2 and sign it.", None),
        ("I, Eva Novak, have not read version 1.0.2 and sign it.", None),
        ("I, Eva Novak, have read version 1.0.2 and sign it. Not really.", None),
        ("", None),
    ],
)
def test_only_the_whole_sentence_signs(sentence: str, name: str | None) -> None:
    assert sign_off.matches(sentence, "1.0.2") == name


@pytest.mark.parametrize(
    ("sentence", "laxer", "name"),
    [
        ("I, Eva Novak, have read version 1.0.2 with 3 laxer rules and sign it.", 3, "Eva Novak"),
        ("I, Eva Novak, have read version 1.0.2 with 1 laxer rule and sign it.", 1, "Eva Novak"),
        ("I, Eva Novak, have read version 1.0.2 and sign it.", 3, None),
        ("I, Eva Novak, have read version 1.0.2 with 2 laxer rules and sign it.", 3, None),
        ("I, Eva Novak, have read version 1.0.2 with 3 laxer rules and sign it.", 0, None),
    ],
)
def test_laxer_rules_are_named_by_their_number(sentence: str, laxer: int, name: str | None) -> None:
    assert sign_off.matches(sentence, "1.0.2", laxer) == name


async def test_stored_is_not_signed(database: Database, clock: Clock, shipped: policy.Policy) -> None:
    async with database.transaction() as session:
        await sign_off.store(session, shipped, WORDS, clock.now())
        assert await sign_off.in_force(session) is None
        state = await sign_off.status(session)
    assert (state.in_force, state.newest, state.waiting) == (None, "1.0.2", True)


async def test_signed_names_who_when_and_what(
    database: Database, clock: Clock, shipped: policy.Policy
) -> None:
    async with database.transaction() as session:
        await sign_off.store(session, shipped, WORDS, clock.now())
        await sign_off.sign(session, "1.0.2", " Eva  Novak ", "p" * 32, clock.now())
    async with database.reading() as session:
        in_force = await sign_off.in_force(session)
        state = await sign_off.status(session)
        words = await sign_off.words_in_force(session, "en")
    assert in_force is not None
    assert in_force.content_hash == shipped.content_hash
    assert state.in_force is not None
    assert (state.in_force.by_name, state.in_force.at, state.in_force.kind) == (
        "Eva Novak",
        clock.now(),
        "lead",
    )
    assert not state.waiting
    assert words == WORDS["en"]


async def test_the_signed_one_stays_until_the_next_is_signed(
    database: Database, clock: Clock, shipped: policy.Policy
) -> None:
    async with database.transaction() as session:
        await sign_off.store(session, shipped, WORDS, clock.now())
        await sign_off.sign(session, "1.0.2", "Eva Novak", None, clock.now(), kind="console")
        await sign_off.store(session, newer(shipped), WORDS, clock.now())
        in_force = await sign_off.in_force(session)
        state = await sign_off.status(session)
        assert in_force is not None
        assert (in_force.version, state.newest, state.waiting) == ("1.0.2", "1.0.3", True)
        # signed at the same instant, and yet the later one
        await sign_off.sign(session, "1.0.3", "Eva Novak", None, clock.now())
        in_force = await sign_off.in_force(session)
        state = await sign_off.status(session)
    assert in_force is not None
    assert (in_force.version, state.waiting, len(state.history)) == ("1.0.3", False, 2)


async def test_new_words_alone_wait_for_a_signature_too(
    database: Database, clock: Clock, shipped: policy.Policy
) -> None:
    async with database.transaction() as session:
        await sign_off.store(session, shipped, WORDS, clock.now())
        await sign_off.sign(session, "1.0.2", "Eva Novak", None, clock.now())
        clock.advance(timedelta(days=1))
        await sign_off.store(session, shipped, WORDS, clock.now())
        assert not (await sign_off.status(session)).waiting
        await sign_off.store(session, shipped, {"en": {"check.a": "Other words"}}, clock.now())
        assert (await sign_off.status(session)).waiting
        assert await sign_off.words_in_force(session, "en") == WORDS["en"]


async def test_what_nobody_stored_nobody_signs(database: Database, clock: Clock) -> None:
    async with database.transaction() as session:
        with pytest.raises(sign_off.UnknownVersion):
            await sign_off.sign(session, "9.9.9", "Eva Novak", None, clock.now())
        with pytest.raises(ValueError, match="name"):
            await sign_off.sign(session, "1.0.2", "  ", None, clock.now())
        assert await sign_off.in_force(session) is None


async def test_a_changed_file_under_the_same_version_is_another_policy(
    database: Database, clock: Clock, shipped: policy.Policy
) -> None:
    edited = replace(shipped, content_hash="0" * 64)
    async with database.transaction() as session:
        await sign_off.store(session, shipped, WORDS, clock.now())
        await sign_off.sign(session, "1.0.2", "Eva Novak", None, clock.now())
        clock.advance(timedelta(minutes=1))
        await sign_off.store(session, edited, WORDS, clock.now())
        in_force = await sign_off.in_force(session)
        assert in_force is not None
        assert in_force.content_hash == shipped.content_hash
        assert (await sign_off.status(session)).waiting
