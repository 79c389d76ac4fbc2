"""Who somebody is, what they may do, and the links that work once."""

from datetime import timedelta

from scheduling import clinic as clinic_rows
from scheduling import invites, people

DAY = timedelta(days=1)


async def test_a_person_is_made_on_first_sight_and_found_again(database, clock):
    async with database.transaction() as session:
        made = await people.ensure_person(session, 77, clock.now(), name="  Maria   Kern ", language="de")
    async with database.transaction() as session:
        again = await people.ensure_person(session, 77, clock.now(), name="Other")
        assert (again.id, again.name, again.language) == (made.id, "Maria Kern", "de")
        assert await people.by_telegram_id(session, 78) is None


async def test_a_phone_number_is_sealed_and_no_phone_is_an_answer(database, clock):
    async with database.transaction() as session:
        maria = await people.add_person(session, "Maria Kern", clock.now(), actor=None, phone="+4930555142")
    async with database.transaction() as session:
        row = await people.get_person(session, maria.id)
        assert b"555142" not in row.phone_sealed
        assert await people.phone_of(session, maria.id) == "+4930555142"
        await people.set_phone(session, maria.id, None)
    async with database.reading() as session:
        row = await people.get_person(session, maria.id)
        assert (await people.phone_of(session, maria.id), row.no_phone) == (None, True)


async def test_finding_by_the_start_of_any_name_or_by_number(database, clock):
    async with database.transaction() as session:
        for name, phone in (
            ("Maria Kern", "+4930555142"),
            ("Ana-Maria Öst", "+4930555199"),
            ("Paul Rot", None),
        ):
            person = await people.add_person(session, name, clock.now(), actor=None, phone=phone)
            await people.grant(session, person.id, "client", clock.now(), by=None)
        assert [p.name for p in await people.find(session, "ma")] == ["Maria Kern"]
        assert [p.name for p in await people.find(session, "ÖS")] == ["Ana-Maria Öst"]
        assert [p.name for p in await people.find(session, "030 555199")] == ["Ana-Maria Öst"]
        assert await people.find(session, "%") == []
        assert await people.find(session, "  ") == []


async def test_a_role_ends_at_once(database, clock):
    async with database.transaction() as session:
        ana = await people.ensure_person(session, 1, clock.now())
        assert await people.grant(session, ana.id, "therapist", clock.now(), by=None)
        assert not await people.grant(session, ana.id, "therapist", clock.now(), by=None)
        assert await people.roles_of(session, ana.id) == {"therapist"}
        assert await people.with_role(session, "therapist", "lead") == [ana.id]
        assert await people.revoke(session, ana.id, "therapist", clock.now(), by=None)
        assert await people.roles_of(session, ana.id) == frozenset()
        assert not await people.revoke(session, ana.id, "therapist", clock.now(), by=None)


async def test_a_link_works_once_and_says_why_not(database, clock, clinic):
    now = clock.now()
    async with database.transaction() as session:
        await clinic_rows.seed(session, clinic, now)
        ana = (await clinic_rows.therapists(session))[0]
        one, two, three = [(await people.ensure_person(session, n, now)).id for n in (1, 2, 3)]
        token = await invites.invite(session, ["therapist"], now, by=None, name="Ana", therapist_id=ana.id)
        assert await invites.open_invite(session, ana.id, now) == now + invites.LASTS
    assert len(token) == 22

    async with database.transaction() as session:
        assert (await invites.redeem(session, "nonsense", one, now)).result == "unknown"
        assert (await invites.redeem(session, token, one, now + 8 * DAY)).result == "late"
        done = await invites.redeem(session, token, one, now)
        assert (done.result, done.roles, done.therapist_id) == ("ok", ("therapist",), ana.id)
        assert await people.roles_of(session, one) == {"therapist"}
        assert (await clinic_rows.therapist_of(session, one)).id == ana.id
        assert (await invites.redeem(session, token, one, now)).result == "known"
        assert (await invites.redeem(session, token, two, now)).result == "used"
        assert await people.roles_of(session, two) == frozenset()

        by_a_therapist = await invites.invite(session, ["lead", "admin"], now, by=one)
        assert (await invites.redeem(session, by_a_therapist, three, now)).result == "late"
        older = await invites.invite(session, ["lead", "admin"], now, by=None)
        assert (await invites.redeem(session, older, three, now)).result == "ok"
        assert await people.roles_of(session, three) == {"lead", "admin"}


async def test_a_new_link_ends_the_therapists_old_one(database, clock, clinic):
    now = clock.now()
    async with database.transaction() as session:
        await clinic_rows.seed(session, clinic, now)
        ana = (await clinic_rows.therapists(session))[0]
        person = await people.ensure_person(session, 1, now)
        old = await invites.invite(session, ["therapist"], now, by=None, therapist_id=ana.id)
        await invites.invite(session, ["therapist"], now, by=None, therapist_id=ana.id)
        assert (await invites.redeem(session, old, person.id, now)).result == "late"


async def test_consent_is_noted_once_a_version_and_can_be_taken_back(database, clock):
    now = clock.now()
    async with database.transaction() as session:
        maria = await people.ensure_person(session, 1, now)
        first = await people.consent(session, maria.id, "care", "1", now, campaign="spring")
        assert await people.consent(session, maria.id, "care", "1", now + DAY) == first
        assert await people.consented(session, maria.id, "care") == now
        await people.withdraw_consent(session, maria.id, now + DAY)
        assert await people.consented(session, maria.id, "care") is None


async def test_an_erased_person_is_an_empty_row(database, clock):
    async with database.transaction() as session:
        maria = await people.ensure_person(session, 1, clock.now(), name="Maria Kern")
        await people.grant(session, maria.id, "client", clock.now(), by=None)
        await people.erase(session, maria.id, clock.now(), actor=maria.id)
    async with database.reading() as session:
        row = await people.get_person(session, maria.id)
        assert (row.name, row.telegram_id, row.phone_sealed) == ("", None, None)
        assert await people.roles_of(session, maria.id) == frozenset()


async def test_reachability(database, clock):
    async with database.transaction() as session:
        maria = await people.ensure_person(session, 1, clock.now())
        assert await people.mark_unreachable(session, maria.id, clock.now())
        assert not await people.mark_unreachable(session, maria.id, clock.now())
        assert await people.mark_reachable(session, maria.id) == clock.now()
        assert await people.mark_reachable(session, maria.id) is None


async def test_the_clinic_is_seeded_once(database, clock, clinic):
    async with database.transaction() as session:
        assert not await clinic_rows.is_open(session)
        assert await clinic_rows.seed(session, clinic, clock.now())
        assert await clinic_rows.is_open(session)
        (await clinic_rows.rules(session)).notice_hours = 9
    async with database.transaction() as session:
        assert not await clinic_rows.seed(session, clinic, clock.now())
        rules = await clinic_rows.rules(session)
        assert (rules.notice_hours, rules.morning, rules.quiet_starts) == (9, (480, 720), 1260)
        assert [t.first_name for t in await clinic_rows.therapists(session)] == ["Ana", "Marek"]
