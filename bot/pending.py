"""What is still open for a person, in the order that matters."""

from __future__ import annotations

from sqlalchemy import exists, select

from bot import conversation, visit_facts
from bot.client import asking
from bot.conversation import HOME_TOPIC
from bot.flow import Opening, Turn
from scheduling import holding
from scheduling.appointments import LIVE, RELEASED, Appointment
from scheduling.rescheduling import OPEN_STATES
from screening.tables import AnswerRecord, Interview

# State of a visit -> the topic of the card that asks, where one stands.
ORDER = (("visit.moved_ask", ""), ("visit.unanswered", "check"), ("visit.check_due", "check"))
HELD_STEPS = ("book.confirm", "book.phone", "result.provisional", "check.")


async def find(turn: Turn) -> Opening | None:
    """An urgent text, questions that were begun, a moved visit, unanswered questions, a held time: the first
    that is open, else None."""
    first = await _standing(turn, "urgent") or await _half_way(turn)
    if first is not None:
        return first
    visits = list(
        await turn.session.scalars(
            select(Appointment)
            .where(
                Appointment.client_id == turn.subject_id,
                Appointment.state.in_(LIVE),
            )
            .order_by(Appointment.starts_at)
        )
    )
    states = []
    for row in visits:
        visit = await visit_facts.load(turn.session, row.id, turn.now)
        if visit is not None:
            states.append((visit_facts.state(visit, turn.now), row.id))
    for wanted, topic in ORDER:
        for state, visit_id in states:
            if state == wanted:
                return await _open(turn, visit_id, topic)
    return await _held(turn)


async def _half_way(turn: Turn) -> Opening | None:
    """The next question of a round that was left: a visit in review is not asked for its answers any more."""
    begun = exists().where(AnswerRecord.interview_id == Interview.id, AnswerRecord.live)
    round_ = await turn.session.scalar(
        select(Interview)
        .where(Interview.client_id == turn.subject_id, Interview.state == "open", begun)
        .order_by(Interview.opened_at.desc())
        .limit(1)
    )
    if round_ is None:
        return None
    visit = await turn.session.get(Appointment, round_.appointment_id or "")
    if visit is not None and (visit.hidden_hold or visit.state not in (*OPEN_STATES, RELEASED)):
        return None
    for topic in (asking.topic(round_.appointment_id or ""), HOME_TOPIC):
        card = await _standing(turn, topic)
        if card is not None and card.step == asking.ROUND:
            return card
    if visit is None or visit.state not in LIVE:
        return None  # what was answered comes along when a time is held again
    data = await asking.card_data(turn, visit, round_.phase, shown=True)
    return Opening(asking.topic(visit.id), asking.ROUND, data)


async def _open(turn: Turn, visit_id: str, topic: str) -> Opening:
    """The questions where they stand, else the card of the visit, which leads there."""
    if topic:
        card = await _standing(turn, f"{topic}:{visit_id}")
        if card is not None:
            return card
    return Opening(f"visit:{visit_id}", "visit.card", {"appointment": visit_id})


async def _held(turn: Turn) -> Opening | None:
    row = await holding.held(turn.session, turn.subject_id, turn.now)
    if row is None:
        return None
    card = await _standing(turn, HOME_TOPIC)
    if card is not None and card.data.get("appointment") == row.id and card.step.startswith(HELD_STEPS):
        return card
    return Opening(f"visit:{row.id}", "visit.card", {"appointment": row.id})


async def _standing(turn: Turn, topic: str) -> Opening | None:
    """A card of this chat as it stands, to be sent anew."""
    row = await conversation.find(turn.session, turn.chat_id, topic)
    if row is None or row.step not in turn.house.menu.steps or row.step == "result.neutral":
        return None
    return Opening(topic, row.step, await conversation.data_of(turn.session, row), row.subject_id)
