"""The demo shop: loaded once for this file, by the command, and looked at from all sides."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from accounts.models import DocumentLook, Membership, Person, PersonalShopper, User, Verification
from accounts.queries import actor_for
from core.appendonly import maintenance
from core.clock import now
from core.models import Outbox
from faq.models import Article
from helpdesk.demo import widget
from helpdesk.demo.logins import PASSWORD
from helpdesk.demo.talks import talks
from livechat.models import Session, SessionState
from livechat.widget.models import WidgetChange, WidgetSite
from orders.models import Order, OrderRecord, OrderStatus, TrackingEvent
from sla.models import Clock, ClockState, ClockTransition, Policy
from tickets.models import LIVE_STATUSES, Escalation, Message, Satisfaction, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker) -> Iterator[str]:
    """What the command said; its rows are rolled back after the last test of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        out = StringIO()
        call_command("load_demo", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


def test_it_says_each_phase_and_what_it_holds(shop: str) -> None:
    assert re.search(r"70 people, 400 orders, 2\d\d tickets and chats", shop)
    assert len(shop.splitlines()) >= 6


def test_a_second_run_changes_nothing(shop: str) -> None:
    counts = [model.objects.count() for model in (Person, Order, Ticket, Message, Clock, Outbox)]
    out, started = StringIO(), time.monotonic()
    call_command("load_demo", stdout=out)
    assert "there already" in out.getvalue()
    assert time.monotonic() - started < 1
    assert counts == [model.objects.count() for model in (Person, Order, Ticket, Message, Clock, Outbox)]


def test_a_shop_of_an_earlier_version_gets_its_widget(shop: str, client: Client, settings: Any) -> None:
    settings.DEMO = True
    with transaction.atomic():
        site = widget.site_of_demo()
        assert site is not None
        WidgetSite.objects.update(name="Renamed", origins=["https://shop.example", "http://localhost:1"])
        call_command("load_demo", stdout=StringIO())
        site.refresh_from_db()
        assert site.origins == ["https://shop.example", "http://localhost:1", *widget.origins()]
        assert WidgetSite.objects.count() == 1
        with maintenance():
            WidgetChange.objects.all().delete()
            WidgetSite.objects.all().delete()
        assert client.get("/demo/shop/").status_code == 404
        out = StringIO()
        call_command("load_demo", stdout=out)
        assert "page with the widget is new" in out.getvalue()
        assert client.get("/demo/shop/", headers={"host": "localhost"}).status_code == 200
        assert client.get("/demo/shop/identity/?who=mika").status_code == 200
        transaction.set_rollback(True)


def test_if_empty_leaves_data_alone(shop: str) -> None:
    with transaction.atomic():
        User.objects.filter(email="buyer@demo.example").update(email="somebody@else.example")
        out = StringIO()
        call_command("load_demo", "--if-empty", stdout=out)
        assert "left out" in out.getvalue()
        transaction.set_rollback(True)


def test_people(shop: str) -> None:
    buyers = Person.objects.exclude(kind="staff")
    assert buyers.count() == 60
    assert set(buyers.values_list("member_type", flat=True)) == set(Person.MemberType.values)
    assert {"en", "es", "zh-hans"} <= set(buyers.values_list("language", flat=True))
    names = "".join(buyers.values_list("name", flat=True))
    assert re.search("[\u0590-\u05ff]", names)
    assert re.search("[\u0600-\u06ff]", names)
    assert re.search("[\u4e00-\u9fff]", names)
    assert max(map(len, buyers.values_list("name", flat=True))) > 60
    assert Person.objects.filter(kind="staff").count() == 10
    assert set(Membership.objects.values_list("team__tier", flat=True)) == {1, 2, 3}
    assert PersonalShopper.objects.filter(until=None).count() >= 10


@pytest.mark.parametrize(
    "name,kind,role",
    [
        ("buyer", "buyer", ""),
        ("agent", "staff", "agent"),
        ("agent2", "staff", "agent"),
        ("hana", "staff", "agent"),
        ("specialist", "staff", "specialist"),
        ("manager", "staff", "manager"),
        ("admin", "staff", "admin"),
    ],
)
def test_log_ins(shop: str, name: str, kind: str, role: str) -> None:
    user = User.objects.get(email=f"{name}@demo.example")
    assert user.check_password(PASSWORD)
    assert user.emailaddress_set.filter(verified=True, primary=True).exists()
    actor = actor_for(user)
    assert (actor.kind, actor.role) == (kind, role)


def test_only_those_have_a_known_password(shop: str) -> None:
    known = [user.email for user in User.objects.all() if user.has_usable_password()]
    assert len(known) == 7
    assert all(email.endswith("@demo.example") for email in known)
    assert str(User.objects.get(email="buyer@demo.example").phone) == "+14155550101"


def test_orders(shop: str) -> None:
    found = Counter(Order.objects.values_list("status", flat=True))
    assert sum(found.values()) == 400
    assert set(found) == set(OrderStatus.values)
    oldest = Order.objects.earliest("placed_at").placed_at
    assert timedelta(days=60) < now() - oldest < timedelta(days=95)
    assert not Order.objects.filter(record_head=0).exists()
    assert TrackingEvent.objects.count() > 1000
    mine = Order.objects.filter(person__email="buyer@demo.example").values_list("status", flat=True)
    assert {"awaiting_shipping", "awaiting_delivery", "delivered", "cancelled", "awaiting_payment"} <= set(
        mine
    )
    out = StringIO()
    call_command("verify_record", stdout=out)
    assert "whole" in out.getvalue()


def test_the_record_tells_true_times(shop: str) -> None:
    """Steps stand in it at their instants, in order, and none lies in the future."""
    assert not OrderRecord.objects.filter(at__gt=now()).exists()
    order = Order.objects.filter(status="delivered", person__email="buyer@demo.example").first()
    assert order is not None
    verbs = list(order.record.order_by("at").values_list("verb", flat=True))
    assert verbs[0] == "order.placed"
    assert verbs.index("order.paid") < verbs.index("order.dispatched") < verbs.index("order.delivered")


def test_promises_are_kept_about_to_break_and_broken(shop: str) -> None:
    clocks = Clock.objects.filter(owner_kind="order")
    for metric in ("dispatch", "delivery"):
        mine = clocks.filter(metric=metric)
        assert mine.filter(state=ClockState.MET).count() > 50
        assert mine.filter(state=ClockState.BREACHED).count() >= 2
    assert clocks.filter(state=ClockState.RUNNING, warned_at__isnull=False).count() >= 3


def test_promises_spoke_first_on_a_ticket_each(shop: str) -> None:
    """Warned, missed, kept after all: each with its one ticket, and what the buyer was told in the record."""
    told = OrderRecord.objects.filter(verb="promise.told")
    assert told.count() >= 10
    assert set(told.values_list("data__metric", flat=True)) == {"dispatch", "delivery"}
    warned = Clock.objects.filter(owner_kind="order", warned_at__isnull=False)
    spoken = {(row.order_id, row.data["metric"]) for row in told}
    assert {(clock.owner_id, clock.metric) for clock in warned.filter(state="running")} <= spoken
    assert {(clock.owner_id, clock.metric) for clock in warned.filter(state="breached")} <= spoken
    tickets = Ticket.objects.filter(channel="system")
    assert tickets.count() == len(spoken)
    assert {"solved", "closed"} & set(tickets.values_list("status", flat=True))
    assert tickets.filter(status__in=LIVE_STATUSES).count() >= 3
    verbs = set(Message.objects.filter(stream__ticket__in=tickets).values_list("verb", flat=True))
    assert {"promise.missed", "promise.ended"} <= verbs
    assert (
        not Ticket.objects.exclude(channel="system").filter(streams__messages__verb="promise.ended").exists()
    )


def test_tickets_and_chats(shop: str) -> None:
    assert Ticket.objects.count() >= 200
    assert Session.objects.count() >= 50
    assert Session.objects.filter(state=SessionState.WAITING).count() == 2
    assert not Session.objects.filter(state=SessionState.WRAPUP).exists()  # what is over is written up
    live = Ticket.objects.filter(status__in=LIVE_STATUSES)
    assert {"fine", "warned", "late", "paused"} <= set(live.values_list("sla_state", flat=True))
    assert live.filter(unanswered_since__isnull=False).count() >= 15
    assert Escalation.objects.filter(state="open", promised_for__lt=now()).exists()
    assert Escalation.objects.filter(state="open", promised_for__gt=now()).exists()
    assert Escalation.objects.filter(state="answered").count() >= 5
    assert set(Satisfaction.objects.values_list("score", flat=True)) >= {3, 4, 5}
    assert len(talks()) >= 25


def test_clocks_were_stamped_at_their_true_instants(shop: str) -> None:
    """A breach stands at its due, whenever the machine's round came; rows of a clock run forward."""
    for clock in Clock.objects.filter(breached_at__isnull=False):
        row = clock.transitions.filter(verb="breached").latest("id")
        assert row.at == clock.breached_at
        assert row.due == row.at
    for clock in Clock.objects.filter(state=ClockState.MET)[:200]:
        moments = list(
            ClockTransition.objects.filter(clock=clock).order_by("id").values_list("at", flat=True)
        )
        assert moments == sorted(moments)
    for ticket in Ticket.objects.filter(status__in=LIVE_STATUSES):
        dues = Clock.objects.filter(
            owner_kind="ticket", owner_id=ticket.pk, state__in=("running", "breached"), due__isnull=False
        ).values_list("due", flat=True)
        assert ticket.due_sort <= min(dues, default=ticket.due_sort)


def test_streams_are_gapless(shop: str) -> None:
    for ticket in Ticket.objects.all():
        for stream in ticket.streams.all():
            seqs = list(stream.messages.order_by("seq").values_list("seq", flat=True))
            assert seqs == list(range(1, stream.last_seq + 1))


def test_no_storm_after_it(shop: str, mailoutbox: list[object]) -> None:
    """Nothing is left for the worker but what came due while this file ran; no mail of history leaves."""
    assert not Outbox.objects.exclude(state=Outbox.State.DONE).filter(run_after__lte=now()).exists()
    # What waits for its hour is the dates that buyers were told, and nothing else.
    waiting = Outbox.objects.exclude(state=Outbox.State.DONE).values_list("kind", flat=True)
    assert set(waiting) <= {"ticket.promise_date_passed"}
    assert not Clock.objects.filter(next_fire_at__lt=now() - timedelta(minutes=10)).exists()
    assert mailoutbox == []


def test_people_wait_to_be_verified(shop: str) -> None:
    states = Counter(Verification.objects.values_list("state", flat=True))
    assert states == {"approved": 1, "asked_again": 1, "submitted": 3}
    about = Clock.objects.filter(owner_kind__in=("verification", "privacy"))
    kept = Counter(about.values_list("metric", "state"))
    assert kept["verification", "met"] == 2
    assert kept["verification", "breached"] + kept["verification", "running"] == 3
    assert kept["privacy", "running"] == 1
    assert DocumentLook.objects.count() == 2


def test_answers_and_rules(shop: str) -> None:
    assert Article.objects.count() >= 30
    last = Policy.objects.order_by("-position").first()
    assert last is not None
    assert last.versions.latest("number").match == {}


def test_it_needs_demo_mode(settings) -> None:
    settings.DEMO = settings.TESTING = False
    with pytest.raises(CommandError, match="HELPDESK_DEMO"):
        call_command("load_demo")
