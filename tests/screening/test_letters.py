"""Letters as files: kept sealed, read by name, taken with what they say, destroyed when of no use."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config.audit import AuditRecord
from config.clock import Clock
from config.database import Database
from config.encryption import Unreadable, destroy_key, unseal_bytes
from screening import clearance, letters, oks, on_file, profile, sign_off, trail
from screening.decision import decide
from screening.letters import LetterFile, LetterView, NoSuchLetter, TooMany
from screening.ok_days import BadOk, add_months
from screening.questionnaire import Finding
from tests.bot.files import PDF, SECRET
from tests.screening.person import LEAD, ZONE, Person, sign


@pytest.fixture
async def client(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    person = Person(database, clock)
    await person.starts()
    return person


def day(client: Person, ago: int = 0) -> date:
    return client.now.astimezone(ZONE).date() - timedelta(days=ago)


async def accept(
    client: Person, sent: str, *, ago: int = 0, who: str = "Dr Novak", **more: object
) -> clearance.Accepted:
    async with client.database.transaction() as session:
        return await clearance.accept(
            session, sent, **LEAD, months=12, now=client.now, zone=ZONE, who=who, given_on=day(client, ago),
            limits="no heat", **more,
        )  # fmt: skip


async def files(client: Person) -> tuple[LetterView, ...]:
    async with client.database.reading() as session:
        return await letters.of_client(session, client.id)


async def read(client: Person, letter_id: str) -> bytes:
    async with client.database.transaction() as session:
        return await letters.read(session, letter_id, by=LEAD["by"], now=client.now)


async def acts(client: Person) -> list[tuple[str, str | None, str | None]]:
    async with client.database.reading() as session:
        rows = await session.scalars(
            select(AuditRecord).where(AuditRecord.action.startswith("letter.")).order_by(AuditRecord.id)
        )
        return [(row.action, row.actor, row.thing) for row in rows.all()]


async def test_a_file_comes_back_as_it_was_sent_and_every_look_is_kept(client: Person) -> None:
    await client.sends_file(PDF, words="from my MS nurse")
    (one,) = await files(client)
    assert (one.media, one.size, one.words) == ("pdf", len(PDF), "from my MS nurse")
    assert await read(client, one.id) == PDF
    assert await read(client, one.id) == PDF
    assert await acts(client) == [
        ("letter.stored", client.id, one.id),
        ("letter.looked", LEAD["by"], one.id),
        ("letter.looked", LEAD["by"], one.id),
    ]


async def test_no_byte_of_it_stands_in_the_row(client: Person) -> None:
    await client.sends_file(PDF, words="from the quincecoloured nurse")
    async with client.database.reading() as session:
        row = (await session.execute(select(LetterFile.content, LetterFile.words))).one()
    assert SECRET not in row.content
    assert b"quincecoloured" not in row.words
    assert len(row.content) > len(PDF)


async def test_a_file_of_ten_megabytes_fits(client: Person) -> None:
    whole = b"%PDF-1.7\n" + b"\x00\xff" * ((letters.LARGEST - 9) // 2)
    await client.sends_file(whole)
    (one,) = await files(client)
    assert await read(client, one.id) == whole


async def test_more_pages_go_to_the_same_letter_but_not_without_end(client: Person) -> None:
    sent = {await client.sends_file(PDF) for _ in range(letters.MOST)}
    assert len(sent) == 1
    with pytest.raises(TooMany):
        await client.sends_file(PDF)
    assert len(await files(client)) == letters.MOST


async def test_pages_stand_in_the_order_in_which_they_were_sent(client: Person) -> None:
    async with client.database.transaction() as session:
        for number in (3, 1, 2):
            await letters.keep(
                session, client.id, PDF + b"%" * number, "pdf", number=number, words="", now=client.now,
                by=client.id,
            )  # fmt: skip
    assert [one.size - len(PDF) for one in await files(client)] == [1, 2, 3]


async def test_the_next_letter_after_a_decision_is_a_new_one(client: Person) -> None:
    first = await client.sends_file(PDF)
    await accept(client, first)
    assert await client.sends_file(PDF) != first


@pytest.mark.parametrize(
    ("ago", "who", "code"), [(-1, "Dr Novak", "future"), (400, "Dr Novak", "too_old"), (0, " ", "nobody")]
)
async def test_a_letter_is_taken_with_who_and_when(client: Person, ago: int, who: str, code: str) -> None:
    sent = await client.sends_file(PDF)
    with pytest.raises(BadOk) as refused:
        await accept(client, sent, ago=ago, who=who)
    assert refused.value.code == code


async def test_a_letter_without_its_day_is_not_taken(client: Person) -> None:
    sent = await client.sends_file(PDF)
    async with client.database.transaction() as session:
        with pytest.raises(BadOk) as refused:
            await clearance.accept(session, sent, **LEAD, months=12, now=client.now, zone=ZONE)
    assert refused.value.code == "no_date"


async def test_what_was_read_off_it_is_kept(client: Person) -> None:
    sent = await client.sends_file(PDF)
    done = await accept(client, sent, ago=10)
    async with client.database.reading() as session:
        (ok,) = await oks.of_client(session, client.id)
    assert (ok.who, ok.limits, ok.given_on, ok.until) == ("Dr Novak", "no heat", day(client, 10), done.until)
    assert done.until == add_months(day(client, 10), 12)


async def test_it_frees_exactly_what_it_names(client: Person) -> None:
    await client.says("clot_under_6m", "staff")
    await client.says("cancer_active_no_ok", "staff")
    clot = await client.hold("clot_under_6m")
    done = await accept(client, await client.sends_file(PDF), answers=[clot.id])
    assert done.freed == (clot.id,)
    assert await client.held() == {"cancer_active_no_ok"}


async def test_a_refused_letter_is_destroyed_and_the_act_stays(client: Person) -> None:
    sent = await client.sends_file(PDF)
    (one,) = await files(client)
    async with client.database.transaction() as session:
        await clearance.refuse(session, sent, **LEAD, reason="x1", now=client.now)
    assert await files(client) == ()
    with pytest.raises(NoSuchLetter):
        await read(client, one.id)
    async with client.database.reading() as session:
        assert await session.scalar(select(LetterFile.content)) is None
    assert (await acts(client))[-1] == ("letter.destroyed", LEAD["by"], sent)


async def test_erasure_destroys_bytes_and_key(client: Person) -> None:
    await client.sends_file(PDF, words="with a word")
    (one,) = await files(client)
    async with client.database.reading() as session:
        before = (await session.execute(select(LetterFile.content))).scalar_one()
    async with client.database.transaction() as session:
        await profile.forget(session, client.id, client.now)
        await destroy_key(session, client.id)
    async with client.database.reading() as session:
        row = (await session.execute(select(LetterFile.content, LetterFile.words, LetterFile.id))).one()
    assert row == (None, None, one.id)
    async with client.database.transaction() as session:  # as a backup from before would have it
        with pytest.raises(Unreadable):
            await unseal_bytes(session, client.id, f"letter_file.content:{one.id}", before)


async def test_a_letter_moved_to_another_row_does_not_open(client: Person) -> None:
    await client.sends_file(PDF)
    (one,) = await files(client)
    async with client.database.transaction() as session:
        blob = (await session.execute(select(LetterFile.content))).scalar_one()
        row = LetterFile(
            client_id=client.id, clearance_id=one.clearance_id, media="pdf", size=1, content=blob
        )
        row.number, row.stored_at, row.stored_by = 1, client.now, client.id
        session.add(row)
        await session.flush()
        with pytest.raises(Unreadable):
            await letters.read(session, row.id, by=client.id, now=client.now)


async def test_what_was_sent_is_not_exchanged_later(client: Person) -> None:
    await client.sends_file(PDF)
    async with client.database.reading() as session:
        row = (await session.scalars(select(LetterFile))).one()
        row.content = b"another letter"
        with pytest.raises(IntegrityError, match="append-only"):
            await session.flush()


async def test_the_audit_of_a_client_names_its_letters(client: Person) -> None:
    await client.sends_file(PDF)
    (one,) = await files(client)
    async with client.database.reading() as session:
        told = await trail.clearances(session, client.id)
    assert [file["id"] for file in told[-1]["files"]] == [one.id]


# --- rule 9: what a letter on file answers later ---


async def stroke_told_and_letter(client: Person, happened_ago: int) -> clearance.Accepted:
    """The client told us today of a stroke of some days ago; the letter is of today and names it."""
    await client.says("stroke_tia_under_3m", "staff")
    hold = await client.hold("stroke_tia_under_3m")
    sent = await client.sends_file(PDF)
    return await accept(client, sent, answers=[hold.id], events={hold.id: day(client, happened_ago)})


async def test_the_day_of_the_event_is_kept_with_the_letter(client: Person) -> None:
    done = await stroke_told_and_letter(client, 20)
    assert done.freed == ()  # the first 30 days after they told us, letter or not
    assert [missing for _, missing in done.still] == [("date",)]
    async with client.database.reading() as session:
        _, found = await oks.facts(session, client.id)
    assert [(one.code, one.given_on, one.event_on) for one in found] == [
        ("stroke_tia_under_3m", day(client), day(client, 20))
    ]


@pytest.mark.parametrize(("later", "answered"), [(0, False), (9, False), (10, True), (60, True)])
async def test_the_same_stroke_told_again_is_answered_after_30_days(
    client: Person, later: int, answered: bool
) -> None:
    await stroke_told_and_letter(client, 20)
    at = client.now.astimezone(ZONE)
    async with client.database.reading() as session:
        policy = await sign_off.for_use(session)
        history = await on_file.history(session, client.id, zone=ZONE)
    told = Finding("stroke_tia_under_3m", policy.row("stroke_tia_under_3m").item)
    decision = decide(policy, [told], history, at=at, phase="profile", session_at=at + timedelta(days=later))
    assert ("stroke_tia_under_3m" in {hold.code for hold in decision.holds}) is not answered
    assert ("stroke_tia_under_3m" in decision.new_cautions) is answered
