"""Each number of the dashboard against plain SQL, and against the rows that it opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from accounts.actions import set_presence
from accounts.models import Verification
from core.actors import SYSTEM
from core.clock import now
from helpdesk.dashboard import definitions, reports
from helpdesk.dashboard.queries import now_at
from livechat.actions import accept_chat, open_chat
from sla.actions import start_clock
from sla.jobs import fire_due_clocks
from tests.factories import House, actor, make_buyer, make_house, make_order, make_policy, make_ticket
from tickets import actions

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)  # 10:00 in New York
Stop = Callable[[datetime], None]
LIVE = "status NOT IN ('solved', 'closed')"


def sql(query: str, *params: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.fetchone()[0] or 0)


@pytest.fixture
def busy(clock: Stop) -> House:
    """A morning: tickets in every state, chats that wait and go on, promises and questions in each phase."""
    clock(MONDAY)
    people = (("verification", 3, "working_days"), ("privacy", 30, "calendar_days"))
    make_policy("people", 5, {"team": ["verification"]}, people)
    house = make_house()
    agent = actor(house.agent)
    set_presence(actor=agent, switch="on")
    buyers = [make_buyer() for _n in range(6)]
    tickets = [make_ticket(buyer) for buyer in buyers]
    actions.post_message(
        actor=agent, ticket=tickets[0].public_id, kind="reply", body="We look.", then_status="waiting"
    )
    actions.set_status(actor=agent, ticket=tickets[1].public_id, status="solved")
    actions.escalate_ticket(
        actor=agent, ticket=tickets[2].public_id, question="Is this the batch with the short rivet?", checked="The order.",
        to_team="specialists", promised_for=MONDAY + timedelta(hours=2),
    )  # fmt: skip
    actions.escalate_ticket(
        actor=agent, ticket=tickets[3].public_id, question="Can the kiln deliver within four weeks?", checked="The stock.",
        to_team="specialists", promised_for=MONDAY + timedelta(hours=6),
    )  # fmt: skip
    orders = [make_order(buyer) for buyer in buyers]
    with transaction.atomic():
        for hours, order in zip((1, 26, 40, 60), orders, strict=False):
            start_clock(
                actor=SYSTEM, owner=("order", order.pk), metric="dispatch", facts={"store": "us"},
                calendar_id=house.store.calendar_id, at=MONDAY - timedelta(hours=hours),
            )  # fmt: skip
        sent = [
            Verification.objects.create(person=who, state="submitted", created_at=MONDAY)
            for who in buyers[:2]
        ]
        about = ((6, "verification", sent[0].pk), (0, "verification", sent[1].pk), (0, "privacy", 3))
        for days, metric, owner in about:
            start_clock(
                actor=SYSTEM, owner=(metric, owner), metric=metric, facts={"team": "verification"},
                calendar_id=house.store.calendar_id, at=MONDAY - timedelta(days=days),
            )  # fmt: skip
    for buyer, order in zip(buyers[:2], orders, strict=False):
        session = open_chat(actor=actor(buyer), team="orderhelp", body="Hello?", order=order)
    accept_chat(actor=agent, session=session.public_id)
    clock(MONDAY + timedelta(hours=3, minutes=10))
    set_presence(actor=agent, switch="on")
    fire_due_clocks()
    return house


def test_the_present_equals_sql(busy: House) -> None:
    at = now()
    found = now_at(at)
    assert found.open == sql(f"SELECT count(*) FROM tickets_ticket WHERE {LIVE}") > 0
    for name in ("fine", "warned", "late"):
        assert found.states[name] == sql(
            f"SELECT count(*) FROM tickets_ticket WHERE {LIVE} AND sla_state = %s", name
        )
    paused = sql(f"SELECT count(*) FROM tickets_ticket WHERE {LIVE} AND sla_state IN ('paused', 'none')")
    assert found.states["paused"] == paused
    assert sum(found.states.values()) == found.open
    assert found.states["late"] >= 1
    assert found.states["warned"] >= 1
    for code, hours in (("due1", 1), ("due4", 4), ("due24", 24)):
        until = at + timedelta(hours=hours)
        query = f"SELECT count(*) FROM tickets_ticket WHERE {LIVE} AND due_sort > %s AND due_sort <= %s"
        assert found.due[code] == sql(query, at, until)
    assert found.due["due1"] >= 1
    assert (found.waiting, found.places_taken) == (1, 1)
    assert found.waiting == sql("SELECT count(*) FROM livechat_session WHERE state = 'waiting'")
    assert found.longest_wait == 3 * 3600 + 600
    broken = "SELECT count(*) FROM sla_clock WHERE owner_kind = 'order' AND state = 'breached'"
    warned = "SELECT count(*) FROM sla_clock WHERE owner_kind = 'order' AND state = 'running' AND warned_at IS NOT NULL"
    assert found.promises_broken == sql(broken)
    assert found.promises_warned == sql(warned)
    assert found.promises == found.promises_broken + found.promises_warned == found.by_metric["dispatch"]
    assert found.escalations == sql("SELECT count(*) FROM tickets_escalation WHERE state = 'open'") == 2
    assert found.escalations_late == 1
    assert (found.agents_on, found.agents, found.places) == (1, 3, 3)
    kinds = "owner_kind IN ('verification', 'privacy') AND state IN ('running', 'breached')"
    assert found.asked == sql(f"SELECT count(*) FROM sla_clock WHERE {kinds}") == 3
    assert (found.asked_late, found.asked_by_metric) == (1, {"verification": 2, "privacy": 1})


def test_each_number_is_the_count_of_its_rows(busy: House) -> None:
    at = now()
    found = now_at(at)
    told = {
        "waiting": found.waiting, "agents": found.agents_on, "places": found.places_taken, "open": found.open,
        **found.states, **found.due, "promises": found.promises, "promises-warned": found.promises_warned,
        "promises-broken": found.promises_broken, **found.by_metric, "parcels": found.parcels,
        "escalations": found.escalations, "escalations-late": found.escalations_late,
        "asked": found.asked, "asked-late": found.asked_late, **found.asked_by_metric,
    }  # fmt: skip
    assert set(definitions.NUMBERS) == {*told, "next"}
    for code, number in told.items():
        assert definitions.rows(code, at).count() == number, code


def test_a_breach_moves_the_numbers_at_its_instant(clock: Stop) -> None:
    clock(MONDAY)
    make_house()
    make_ticket()
    clock(MONDAY + timedelta(hours=4))
    fire_due_clocks()
    assert now_at(now()).states["late"] == 0  # exactly at due it is still kept
    clock(MONDAY + timedelta(hours=4, seconds=1))
    fire_due_clocks()
    assert now_at(now()).states == {"fine": 0, "warned": 0, "late": 1, "paused": 0}


# Over a range -----------------------------------------------------------------------------------------------


def span_of(days: int = 7) -> reports.Range:
    return reports.Range.ending(now(), days, ZoneInfo("America/New_York"))


def answered(clock: Stop, house: House, opened: datetime, after: timedelta) -> None:
    clock(opened)
    ticket = make_ticket()
    clock(opened + after)
    fire_due_clocks()
    actions.post_message(actor=actor(house.agent), ticket=ticket.public_id, kind="reply", body="Here is how.")


def test_first_response_counts_desk_time_not_the_wall(clock: Stop) -> None:
    clock(MONDAY - timedelta(days=3))
    house = make_house()
    friday = datetime(2026, 3, 6, 22, 30, tzinfo=UTC)  # 17:30 in New York, half an hour before closing
    answered(clock, house, friday, timedelta(days=2, hours=15))  # Monday 09:30 there: half an hour more
    found = reports.first_responses(span_of())
    assert found.whole == reports.Spread(1, 3600, 3600)
    assert [day.now.median for day in found.days if day.now.count] == [3600]


def test_attainment_counts_each_promise_once_in_the_range_where_it_was_decided(clock: Stop) -> None:
    clock(MONDAY)
    house = make_house()
    for minutes in (30, 90, 239):
        answered(clock, house, MONDAY, timedelta(minutes=minutes))
    answered(clock, house, MONDAY, timedelta(hours=5))  # late
    clock(MONDAY)
    make_ticket()  # never answered: broken all the same
    clock(MONDAY + timedelta(hours=6))
    fire_due_clocks()
    (line,) = reports.attainment(span_of())
    first = line.shares[0]
    assert (line.code, first.kept, first.broken, first.percent) == ("orders", 3, 2, 60.0)
    kept = "SELECT count(*) FROM sla_clock WHERE metric = 'first_response' AND state = 'met'"
    broken = "SELECT count(*) FROM sla_clock WHERE metric = 'first_response' AND breached_at IS NOT NULL"
    assert (first.kept, first.broken) == (sql(kept), sql(broken))
    rows = reports.settled_clocks(span_of(), metric="first_response", fact="team", code="orders")
    assert rows.count() == 5
    clock(MONDAY + timedelta(days=8))
    assert reports.attainment(span_of()) == []  # a week later it belongs to the range before


def test_marks(clock: Stop) -> None:
    clock(MONDAY)
    make_house()
    for score in (5, 4, 3, 5):
        ticket = make_ticket()
        buyer = actor(ticket.requester)
        actions.set_status(actor=buyer, ticket=ticket.public_id, status="solved")
        actions.rate_ticket(
            actor=buyer, ticket=ticket.public_id, score=score, words="Good." if score == 5 else ""
        )
    found = reports.feedback(span_of())
    assert (found.whole.rated, found.whole.good, found.whole.percent) == (4, 3, 75.0)
    assert sum(week.now.rated for week in found.weeks) == 4
    assert len(found.words) == 2


@pytest.mark.parametrize("days", reports.RANGES)
def test_the_stretches_of_a_range_cover_it_once(clock: Stop, days: int) -> None:
    clock(MONDAY)
    span = span_of(days)
    parts = reports._parts(span)
    assert parts[0].first == span.first
    assert parts[-1].last == span.last
    assert all(one.last + timedelta(days=1) == two.first for one, two in zip(parts, parts[1:], strict=False))


def test_arrivals_by_hour_of_the_week(clock: Stop) -> None:
    clock(MONDAY)
    make_house()
    make_ticket()
    clock(datetime(2026, 3, 9, 3, 30, tzinfo=UTC))  # Sunday 23:30 in New York
    make_ticket()
    clock(MONDAY + timedelta(hours=1))
    found = reports.arrivals(span_of())
    assert (found.whole, found.while_closed) == (2, 1)
    assert found.hours[0][10] == 1
    assert found.hours[6][23] == 1
