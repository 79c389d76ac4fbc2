"""What /start does, what Home is for each role, and what happens when the program starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation, opened, pending, rounds, visit_facts
from bot.conversation import HOME_TOPIC
from bot.flow import ABOVE, Extra, Opening, Raw, Turn, text
from bot.formatting import cut
from bot.house import House
from bot.wording import signed_wording
from scheduling import clinic, invites, notifications, people
from scheduling.appointments import Appointment
from scheduling.people import Consent, Person, RoleGrant
from screening import holds, sign_off
from screening.tables import Interview

# The screen behind Home, by role: the first that fits.
HOMES = (
    (frozenset({people.ADMIN, people.LEAD}), "admin.menu"),
    (frozenset({people.THERAPIST}), "day.home"),
)
CLIENT_HOME = "book.home"
STRANGERS_LAST = timedelta(days=1)


def home(roles: frozenset[str]) -> tuple[str, str]:
    """(topic, step) of the screen that Home leads to."""
    for wanted, step in HOMES:
        if roles & wanted:
            return HOME_TOPIC, step
    return HOME_TOPIC, CLIENT_HOME


async def start(turn: Turn, payload: str) -> Opening:
    """What /start opens: a link's errand, what is still pending, or the home of the person's role."""
    kind, _, rest = payload.partition("_")
    link_old = False
    if payload:
        errand = await _errand(turn, kind, rest)
        if errand is not None:
            return errand
        link_old = not await _remembered(turn, kind, rest)
    if not turn.roles:
        return await _stranger(turn, link_old)
    if link_old:
        turn.say(text("start.link_old"))
    if people.CLIENT in turn.roles and turn.actor.first_contact_at is None:
        return Opening(HOME_TOPIC, "first.contact", {"resumed": True})
    open_now = await pending.find(turn)
    if open_now is not None:
        if open_now.topic == "urgent":
            return open_now  # its first line is the number to call
        return replace(open_now, data={**open_now.data, ABOVE: "start.pending"})
    topic, step = turn.house.menu.home(turn.roles)
    return Opening(topic, step, {})


async def _stranger(turn: Turn, link_old: bool) -> Opening:
    """Nobody who has agreed yet: the consent card, or the card where they stopped."""
    told = {hold.code for hold in await holds.open_holds(turn.session, turn.subject_id)}
    if told & {"under_18", "consent_support_needed"}:
        return Opening(HOME_TOPIC, "consent.helper", {})
    data = {"link_old": link_old}
    if not turn.app_language.lower().startswith("en"):
        data["no_language"] = turn.house.catalogue.best(turn.app_language) == "en"
    return Opening(HOME_TOPIC, "first.contact", data)


async def _errand(turn: Turn, kind: str, rest: str) -> Opening | None:
    """Links that open something of their own: an invitation, a visit. None: go on as after plain Start."""
    if kind == "i" and rest:
        redeemed = await invites.redeem(turn.session, rest, turn.actor.id, turn.now)
        if redeemed.result == "unknown":
            return None
        turn.roles = await people.roles_of(turn.session, turn.actor.id)
        if redeemed.result == "ok":
            turn.menus.append(turn.actor.id)
            await rounds.plan(turn.session, turn.now)
        data = {
            "result": redeemed.result,
            "roles": list(redeemed.roles),
            "therapist": redeemed.therapist_id,
            "by": redeemed.invited_by,
        }
        return Opening(HOME_TOPIC, "staff.welcome", data)
    if kind == "v" and rest:
        visit = await visit_facts.own(turn, rest)
        if visit is not None:
            return Opening(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
    return None


async def _remembered(turn: Turn, kind: str, rest: str) -> bool:
    """Links that only say where somebody comes from. False: the link is old or nobody's."""
    if kind == "c" and rest:
        if turn.actor.first_contact_at is None:
            turn.actor.campaign = rest[:60]
        return True
    if kind == "t" and rest:
        for one in await clinic.therapists(turn.session):
            if rest.casefold() in {one.id, one.first_name.casefold(), one.name.casefold().replace(" ", "_")}:
                turn.actor.from_therapist_id = one.id
                return True
    return False


async def came_back(turn: Turn) -> Opening:
    """After a block was lifted: a greeting, what was not sent meanwhile, and what is open."""
    await notifications.reached(turn.session, turn.actor.id, turn.now)
    name = Raw(cut(turn.actor.name))
    row = await visit_facts.next_visit(turn.session, turn.actor.id, turn.now)
    visit = await visit_facts.load(turn.session, row.id, turn.now) if row is not None else None
    if visit is None:
        line = text("odd.back.nothing", name=name)
    else:
        news = visit_facts.label(visit, visit_facts.state(visit, turn.now))
        line = text("odd.back", name=name, text=news)
    turn.extras.append(Extra(line=line, notify=True))
    return await start(turn, "")


async def on_start(house: House) -> None:
    """Seed an empty clinic, keep the clinic's policy, bind the admins of the settings."""
    async with house.database.transaction() as session:
        now = house.clock.now()
        await clinic.seed(session, house.clinic, now)
        await sign_off.store(session, house.local, signed_wording(house.local, house.catalogue), now)
        for telegram_id in house.settings.admins:
            person = await people.ensure_person(session, telegram_id, now)
            await people.grant(session, person.id, people.ADMIN, now, by=None)
        await opened.tell(session, now)
        await rounds.plan(session, now)


async def keep_house(house: House, now: datetime) -> None:
    """Hourly: tell those who wait for the opening, plan the days to come, forget who never agreed."""
    async with house.database.transaction() as session:
        await opened.tell(session, now)
        await rounds.plan(session, now)
        await _forget_strangers(session, now - STRANGERS_LAST)


async def _forget_strangers(session: AsyncSession, before: datetime) -> None:
    rows = await session.execute(
        select(Person.id, Person.telegram_id).where(
            Person.created_at < before,
            Person.first_contact_at.is_(None),
            Person.telegram_id.is_not(None),
            Person.id.not_in(select(RoleGrant.person_id)),
            Person.id.not_in(select(Consent.person_id)),
            Person.id.not_in(select(Interview.client_id)),
            Person.id.not_in(select(Appointment.client_id)),
            Person.id.not_in(select(notifications.Notification.person_id)),
        )
    )
    for person_id, telegram_id in rows.all():
        await conversation.forget_chat(session, int(telegram_id or 0))
        await session.execute(delete(Person).where(Person.id == person_id))
