"""The escalation's card: accept, ask back, tell, pass up, keep as an article, each where it can be done."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils.timezone import now

from core.actors import SYSTEM
from faq.actions import save_category
from faq.models import Article
from tests.console.conftest import Scene
from tests.factories import actor
from tickets.actions import escalate_ticket
from tickets.models import Escalation


def escalated(scene: Scene) -> str:
    escalate_ticket(
        actor=actor(scene.house.agent),
        ticket=scene.ticket.public_id,
        question="Can this mug be glazed anew?",
        checked="The warranty says nothing.",
        to_team="specialists",
        promised_for=now() + timedelta(days=1),
    )
    return f"/t/{scene.ticket.public_id}/"


def card(client: Client, scene: Scene) -> str:
    text = client.get(scene.page).content.decode()
    return text[text.index('class="asked ') :].partition("</section>")[0]


def test_the_specialist_accepts_and_asks_back_and_the_agent_tells(scene: Scene) -> None:
    base = escalated(scene)
    assert "escalation/accept/" in card(scene.specialist, scene)
    assert "escalation/" not in card(scene.agent, scene)
    assert scene.specialist.post(base + "escalation/accept/").status_code == 302
    assert "escalation/accept/" not in card(scene.specialist, scene) and "looks at it" in card(
        scene.agent, scene
    )
    assert scene.specialist.post(base + "escalation/ask-back/", {"words": "Which colour?"}).status_code == 302
    assert "escalation/tell/" in card(scene.agent, scene)
    assert scene.agent.post(base + "escalation/tell/", {"words": "Blue."}).status_code == 302
    assert "escalation/tell/" not in card(scene.agent, scene) and "Blue." in card(scene.specialist, scene)


def test_passed_up(scene: Scene) -> None:
    base = escalated(scene)
    assert "managers" in card(scene.specialist, scene)
    up = {"words": "Costs money.", "to_team": "managers", "promised_for": ""}
    assert scene.specialist.post(base + "escalation/pass-up/", up).status_code == 302
    assert list(Escalation.objects.order_by("pk").values_list("state", flat=True)) == ["passed", "open"]
    refused = scene.specialist.post(base + "escalation/pass-up/", up)
    assert refused.status_code == 403 and "Costs money." in refused.content.decode()


def test_an_answer_becomes_an_article(scene: Scene) -> None:
    save_category(actor=SYSTEM, slug="care", name="Care")
    base = escalated(scene)
    scene.specialist.post(base + "answer/", {"answer": "Yes, at 980 degrees.", "send_to_buyer": "0"})
    assert "article/" in card(scene.agent, scene)
    made = scene.agent.post(base + "article/", {"title": "Glazing anew", "category": "care"})
    assert made.status_code == 302 and Article.objects.get().status == "draft"
    bad = scene.agent.post(base + "article/", {"title": "Glazing anew", "category": "moon"})
    assert bad.status_code == 400
