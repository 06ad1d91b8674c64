"""Rules that escalate by themselves, and a question on its way: accepted, asked back, passed up, kept as an article."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Membership
from core.actors import SYSTEM
from core.errors import Conflict, DeskError, Forbidden, Invalid
from core.outbox import run_due
from faq.actions import save_category
from faq.models import Article
from sla.queries import open_clocks
from tests.factories import log_in, make_buyer, make_staff, make_ticket
from tickets import actions
from tickets.actions import articles, asking
from tickets.actions.escalation_rules import apply_rules
from tickets.actions.rule_keeping import save_first_rules, save_rule
from tickets.models import Escalation, EscalationRule, Flag, Message, Ticket
from tickets.queries.threads import text_of

World = SimpleNamespace


@pytest.fixture
def rules(world: World) -> None:
    save_first_rules()


def worked_off(ticket: Ticket) -> Ticket:
    while run_due():
        pass
    ticket.refresh_from_db()
    return ticket


def lines(ticket: Ticket, verb: str = "ticket.rule") -> list[str]:
    rows = Message.objects.filter(stream__ticket=ticket, verb=verb).select_related(
        "stream__ticket__requester"
    )
    return [text_of(row) for row in rows]


def test_a_complaint_is_ranked_higher_and_the_lead_told(world: World, rules: None) -> None:
    lead = make_staff("complaints", role=Membership.Role.LEAD, name="Lea Lead")
    ticket = worked_off(make_ticket(world.buyer_person, category="complaint"))
    assert ticket.priority == "high"
    assert [letter.to for letter in mail.outbox if "rule" in letter.body] == [[lead.email]]
    assert lines(ticket) == ["Rule “Complaints come first”: priority raised to high, Lea Lead was told"]
    assert apply_rules(ticket_id=ticket.pk, on="opened") == []


def test_a_wholesaler_waits_less_and_others_as_before(world: World, rules: None) -> None:
    assert worked_off(make_ticket(make_buyer(member_type="wholesaler"))).priority == "high"
    plain = worked_off(make_ticket(world.buyer_person))
    assert plain.priority == "normal" and lines(plain) == []


def test_a_rule_that_is_off_does_nothing(world: World, rules: None) -> None:
    EscalationRule.objects.update(active=False)
    assert worked_off(make_ticket(world.buyer_person, category="complaint")).priority == "normal"


def test_managers_changes_stay(world: World, rules: None) -> None:
    acts = [{"act": "priority", "to": "urgent"}]
    save_rule(
        actor=world.manager,
        code="complaint",
        name="Ours",
        on="opened",
        match={"category": ["complaint"]},
        acts=acts,
    )
    save_first_rules()
    ticket = worked_off(make_ticket(world.buyer_person, category="complaint"))
    assert ticket.priority == "urgent" and EscalationRule.objects.count() == 3


@pytest.mark.parametrize(
    "wrong",
    [{"on": "moon"}, {"match": {"colour": ["red"]}}, {"match": {"category": "complaint"}}, {"acts": []},
     {"acts": [{"act": "tell", "to": "everybody"}]}, {"acts": [{"act": "sing"}]}],
)  # fmt: skip
def test_nonsense_is_refused(world: World, wrong: dict[str, Any]) -> None:
    good = {"on": "opened", "match": {}, "acts": [{"act": "priority", "to": "high"}]}
    with pytest.raises(Invalid):
        save_rule(actor=world.manager, code="x", name="X", **{**good, **wrong})
    with pytest.raises(Forbidden):
        save_rule(actor=world.agent, code="x", name="X", **good)
    assert not EscalationRule.objects.exists()


@pytest.mark.parametrize(("score", "flags"), [(1, 1), (2, 1), (3, 0)])
def test_a_low_mark_goes_before_the_lead(world: World, rules: None, score: int, flags: int) -> None:
    lead = make_staff("orders", role=Membership.Role.LEAD, name="Lea Lead")
    ticket = make_ticket(world.buyer_person)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="That is how it is.")
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    actions.rate_ticket(actor=world.buyer, ticket=ticket.public_id, score=score, words="Cold.")
    worked_off(ticket)
    assert Flag.objects.filter(ticket=ticket, author=world.house.agent, reasons=["low_mark"]).count() == flags
    assert [letter.to for letter in mail.outbox if "Cold." in letter.body] == [[lead.email]] * flags
    assert len(lines(ticket)) == flags


def test_an_escalating_rule_asks_the_tier(world: World) -> None:
    save_rule(
        actor=SYSTEM, code="up", name="Up", on="opened", match={}, acts=[{"act": "escalate", "to": "tier:2"}]
    )
    ticket = worked_off(make_ticket(world.buyer_person))
    assert ticket.escalations.get().to_team.code == "specialists"


# A question on its way ------------------------------------------------------------------------------------------


@pytest.fixture
def ticket(world: World) -> Ticket:
    row = make_ticket(world.buyer_person)
    actions.escalate_ticket(
        actor=world.agent,
        ticket=row.public_id,
        question="Can this mug be glazed anew?",
        checked="The warranty says nothing.",
        to_team="specialists",
        promised_for=world.now + timedelta(days=1),
    )
    return row


def test_accepted_once(world: World, ticket: Ticket) -> None:
    for _n in range(2):
        found = asking.accept_escalation(actor=world.specialist, ticket=ticket.public_id)
    assert found.specialist_id == world.house.specialist.pk and found.accepted_at == world.now
    assert len(lines(ticket, "escalation.accepted")) == 1
    with pytest.raises(Forbidden):
        asking.accept_escalation(actor=world.agent, ticket=ticket.public_id)


def test_asked_back_and_told(world: World, ticket: Ticket) -> None:
    with pytest.raises(Conflict):
        asking.tell_more(actor=world.agent, ticket=ticket.public_id, words="Blue.")
    asking.ask_back(actor=world.specialist, ticket=ticket.public_id, words="Which colour?")
    assert Escalation.objects.get().asked_back_at == world.now
    asking.tell_more(actor=world.agent, ticket=ticket.public_id, words="Blue.")
    row = Escalation.objects.get()
    assert row.asked_back_at is None and row.checked.endswith("\n\nBlue.") and row.state == "open"
    assert "Which colour?" in lines(ticket, "escalation.asked_back")[0]
    with pytest.raises(DeskError):
        asking.ask_back(actor=world.buyer, ticket=ticket.public_id, words="Why?")


def test_passed_up_a_tier_and_what_the_buyer_was_told_stands(world: World, ticket: Ticket) -> None:
    first = Escalation.objects.get()
    fresh = asking.pass_up(
        actor=world.specialist, ticket=ticket.public_id, words="Costs money.", to_team="managers"
    )
    first.refresh_from_db()
    assert first.state == "passed" and fresh.promised_for == first.promised_for
    assert fresh.from_person == first.from_person and "Costs money." in fresh.checked
    clocks = open_clocks("escalation", [first.pk, fresh.pk])
    assert not clocks[first.pk] and clocks[fresh.pk][0].due == first.promised_for
    assert len(lines(ticket, "ticket.escalated")) == 1  # the buyer is told nothing new
    actions.answer_escalation(
        actor=world.manager, ticket=ticket.public_id, answer="Yes, on us.", send_to_buyer=False
    )


def test_passed_up_only_upwards_and_with_a_time_ahead(world: World, ticket: Ticket) -> None:
    up = {"actor": world.specialist, "ticket": ticket.public_id, "words": "Costs money."}
    with pytest.raises(Invalid):
        asking.pass_up(**up, to_team="specialists")
    world.at(world.now + timedelta(days=2))
    with pytest.raises(Invalid):
        asking.pass_up(**up, to_team="managers")
    later = world.now + timedelta(days=3)
    assert asking.pass_up(**up, to_team="managers", promised_for=later).promised_for == later
    assert len(lines(ticket, "ticket.escalated")) == 2


def test_an_answer_becomes_a_draft(world: World, ticket: Ticket) -> None:
    save_category(actor=SYSTEM, slug="care", name="Care")
    make = {
        "actor": world.specialist,
        "ticket": ticket.public_id,
        "title": "Glazing anew",
        "category": "care",
    }
    with pytest.raises(Invalid):
        articles.make_article(**make)
    actions.answer_escalation(
        actor=world.specialist, ticket=ticket.public_id, answer="Yes, at 980 °C.", send_to_buyer=False
    )
    article = articles.make_article(**make)
    assert article.status == Article.Status.DRAFT and article.translations.get().body == "Yes, at 980 °C."
    assert article.slug.startswith("glazing-anew-") and "Glazing anew" in lines(ticket, "ticket.article")[0]
    with pytest.raises(Forbidden):
        articles.make_article(**{**make, "actor": world.buyer})
    with pytest.raises(Invalid):
        articles.make_article(**{**make, "category": "moon"})
    posted = actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="reply", body="We do that."
    )
    assert articles.make_article(**make, seq=posted.message.seq).translations.get().body == "We do that."


def test_a_reply_becomes_a_draft_from_its_own_dialog(world: World, ticket: Ticket) -> None:
    save_category(actor=SYSTEM, slug="care", name="Care")
    posted = actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="reply", body="Dear Ana, we glaze it anew."
    )
    client = log_in(Client(), world.house.agent)
    said = f"/console/t/{ticket.number}/said/public/"
    assert 'value="care"' in client.get(f"{said}{posted.message.seq}/").content.decode()
    assert "said-article" not in client.get(f"{said}2/").content.decode()  # what the buyer said is no answer
    words = {"title": "Glazing", "category": "care", "seq": posted.message.seq, "body": "We glaze it anew."}
    done = client.post(f"/t/{ticket.public_id}/article/", words, headers={"HX-Request": "true"})
    assert done.status_code == 204 and "a manager publishes it" in done.headers["HX-Trigger"]
    assert Article.objects.get().translations.get().body == "We glaze it anew."
    assert "Glazing" in lines(ticket, "ticket.article")[0]
