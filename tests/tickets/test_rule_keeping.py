"""Escalation rules kept by managers: versions, order, retiring, deleting, a ticket tried; and those by a clock."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.outbox import run_due
from sla.events import ClockBreached, ClockWarned
from sla.models import Clock, ClockState
from tests.factories import log_in, make_staff, make_ticket
from tickets import escalation_rules as subscribers
from tickets.actions.rule_keeping import (
    delete_rule,
    reorder_rules,
    save_first_rules,
    save_rule,
    set_rule_active,
)
from tickets.models import EscalationRule, EscalationRuleVersion, Message, Ticket
from tickets.queries.rules import draft_of_rule, rule_named, rule_versions, rules_in_order, try_rules

World = SimpleNamespace
URGENT = [{"act": "priority", "to": "urgent"}]
LATE: dict[str, Any] = {
    "code": "late",
    "name": "Late complaints",
    "on": "breached",
    "match": {"metric": ["first_response"]},
    "acts": [*URGENT, {"act": "tell", "to": "lead"}],
}
API = "/api/v1/escalation-rules/"


@pytest.fixture
def late(world: World) -> EscalationRule:
    return save_rule(actor=world.manager, **LATE)


# Kept -----------------------------------------------------------------------------------------------------------


def test_each_change_leaves_a_version_that_says_what_it_changed(world: World, late: EscalationRule) -> None:
    save_rule(actor=world.manager, **LATE)  # the same again
    assert rule_named("late").version == 1
    save_rule(actor=world.manager, **{**LATE, "on": "warned", "acts": URGENT}, expected_version=1)
    newest, first = rule_versions(rule_named("late"))
    assert (newest.number, newest.actor_id) == (2, world.house.manager.pk)
    assert [(line.kind, line.text) for line in newest.changes] == [
        ("removed", "It acts when a promise is broken"),
        ("removed", "It does: tell the team’s lead"),
        ("added", "It acts when a promise nears its end"),
    ]
    assert not first.changes


def test_over_a_newer_version_nothing_is_saved(world: World, late: EscalationRule) -> None:
    with pytest.raises(Conflict):
        save_rule(actor=world.manager, **{**LATE, "name": "Other"}, expected_version=0)
    assert rule_named("late").name == LATE["name"] and EscalationRuleVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "no code"}, "code"),
        ({"name": " "}, "name"),
        ({"match": {"score": [1]}}, "match"),
        ({"on": "opened", "match": {"metric": ["resolution"]}}, "match"),
        ({"match": {"category": ["moon"]}}, "match"),
        ({"match": {"priority": [["high"]]}}, "match"),
        ({"on": "rated", "match": {"score": [True]}}, "match"),
        ({"on": "rated", "match": {"score": [6]}}, "match"),
        ({"acts": [{"act": "tell", "to": "team:moon"}]}, "acts"),
        ({"acts": [{"act": "tell", "to": "team:"}]}, "acts"),
        ({"acts": [*URGENT, *URGENT]}, "acts"),
        ({"acts": [{"act": "priority", "to": "high"}] * 6}, "acts"),
        ({"on": "opened", "match": {}, "acts": [{"act": "flag", "to": "lead"}]}, "acts"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(world: World, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        save_rule(actor=world.manager, **{**LATE, **wrong})
    assert field in refused.value.fields and not EscalationRule.objects.exists()


def test_a_mark_is_a_number_however_it_came(world: World) -> None:
    wanted = {**LATE, "on": "rated", "match": {"score": ["2", 1, "1"]}}
    assert save_rule(actor=world.manager, **wanted).match == {"score": [1, 2]}


def test_order_retiring_and_deleting(world: World, late: EscalationRule) -> None:
    save_first_rules()
    codes = ["low-mark", "late", "complaint", "wholesaler"]
    with pytest.raises(Invalid):
        reorder_rules(actor=world.manager, codes=codes[1:])
    reorder_rules(actor=world.manager, codes=codes)
    assert [row.code for row in rules_in_order()] == codes
    set_rule_active(actor=world.manager, code="low-mark", active=False)
    assert [row.code for row in rules_in_order(retired=True)] == ["low-mark"]
    set_rule_active(actor=world.manager, code="low-mark", active=True)
    assert [row.code for row in rules_in_order()] == [*codes[1:], "low-mark"]
    EscalationRule.objects.filter(code="late").update(acted=1)
    assert delete_rule(actor=world.manager, code="late") is False and not rule_named("late").active
    assert delete_rule(actor=world.manager, code="low-mark") is True
    with pytest.raises(NotFound):
        rule_named("low-mark")


def test_only_managers(world: World, late: EscalationRule) -> None:
    for act in (
        lambda: save_rule(actor=world.agent, **LATE),
        lambda: reorder_rules(actor=world.agent, codes=["late"]),
        lambda: set_rule_active(actor=world.agent, code="late", active=False),
        lambda: delete_rule(actor=world.agent, code="late"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert rule_named("late").active


def test_tried_before_it_is_saved(world: World, late: EscalationRule) -> None:
    save_first_rules()
    facts = {"category": "complaint", "member_type": "retail", "priority": "normal", "score": None}
    done, left = try_rules(on="opened", facts=facts)
    assert (done.code, [one["act"] for one in done.does], done.why) == ("complaint", ["priority", "tell"], "")
    assert left.does == () and left.why == "Member type is retail, it wants wholesaler"
    draft = draft_of_rule(rule_named("wholesaler"))
    changed = type(draft)(draft.code, draft.name, "opened", {}, draft.acts)
    assert try_rules(on="opened", facts=facts, draft=changed)[1].does == draft.acts
    assert EscalationRule.objects.get(code="wholesaler").match


# By a clock -----------------------------------------------------------------------------------------------------


def broken(ticket: Ticket, metric: str = "first_response") -> Clock:
    clock = Clock.objects.get(owner_kind="ticket", owner_id=ticket.pk, metric=metric)
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.BREACHED)
    return clock


def told(event: type[ClockBreached] | type[ClockWarned], clock: Clock, at: Any = None) -> None:
    news = event(clock.pk, "ticket", clock.owner_id, clock.metric, at or clock.due)
    handler = subscribers.on_breached if event is ClockBreached else subscribers.on_warned
    handler(news)  # type: ignore[arg-type]
    while run_due():
        pass


def acted(ticket: Ticket) -> int:
    return Message.objects.filter(stream__ticket=ticket, verb="ticket.rule").count()


def test_a_broken_promise_is_acted_on_once_for_each_due(world: World, late: EscalationRule) -> None:
    make_staff("orders", role=Membership.Role.LEAD, name="Lea Lead")
    ticket = make_ticket(world.buyer_person)
    clock = broken(ticket)
    world.at(clock.due)
    for _again in range(2):
        told(ClockBreached, clock)
    ticket.refresh_from_db()
    assert ticket.priority == "urgent" and acted(ticket) == 1 and rule_named("late").acted == 1
    told(ClockBreached, clock, clock.due + timedelta(minutes=1))
    assert acted(ticket) == 2


@pytest.mark.parametrize("why", ["other metric", "met", "warned only", "long ago", "retired"])
def test_what_it_leaves_alone(world: World, late: EscalationRule, why: str) -> None:
    ticket = make_ticket(world.buyer_person)
    clock = broken(ticket, "resolution" if why == "other metric" else "first_response")
    if why == "met":
        Clock.objects.filter(pk=clock.pk).update(state=ClockState.LATE)
    if why == "retired":
        set_rule_active(actor=world.manager, code="late", active=False)
    world.at(clock.due + timedelta(days=2 if why == "long ago" else 0))
    told(ClockWarned if why == "warned only" else ClockBreached, clock)
    assert acted(ticket) == 0


def test_a_promise_that_nears(world: World, late: EscalationRule) -> None:
    save_rule(
        actor=world.manager,
        **{**LATE, "on": "warned", "acts": [{"act": "reassign", "to": "team:aftersales"}]},
    )
    ticket = make_ticket(world.buyer_person)
    clock = Clock.objects.get(owner_kind="ticket", owner_id=ticket.pk, metric="first_response")
    told(ClockWarned, clock)
    ticket.refresh_from_db()
    assert ticket.team.code == "aftersales" and acted(ticket) == 1


# The contract ---------------------------------------------------------------------------------------------------


def test_the_contract_reads_writes_and_refuses(world: World) -> None:
    client = log_in(Client(), world.house.manager)
    body = {name: LATE[name] for name in ("name", "on", "match", "acts")}
    made = client.put(f"{API}late/", body, content_type="application/json")
    assert (made.status_code, made.json()["version"]) == (201, 1)
    stale = client.put(f"{API}late/", {**body, "name": "X", "version": 0}, content_type="application/json")
    assert stale.status_code == 409
    wrong = client.put(f"{API}late/", {**body, "match": {"score": [1]}}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["match"])
    asked = {"on": "breached", "facts": {"metric": "resolution"}}
    tried = client.post("/api/v1/escalation-rule-trial/", asked, content_type="application/json")
    assert tried.json()["results"][0]["why"] == "Promise is Resolution, it wants First response"
    client.post(f"{API}late/active/", {"active": False}, content_type="application/json")
    assert [(row["code"], row["active"]) for row in client.get(API).json()["results"]] == [("late", False)]
    assert client.delete(f"{API}late/").json() == {"retired": False}
    assert client.get(f"{API}late/").status_code == 404
