"""A ticket's page for its requester: opened again, followed up, led on, by mail or not, with copies."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from core.actors import SYSTEM
from tests.factories import actor, make_ticket
from tests.portal.conftest import Scene
from tests.portal.test_pages import MARKUP
from tickets import actions
from tickets.actions.merging import merge_tickets
from tickets.models import MailOff, Status, Ticket


def text_of(scene: Scene, ticket: Ticket) -> str:
    response = scene.client.get(f"/tickets/{ticket.public_id}/")
    assert response.status_code == 200
    text = response.content.decode()
    assert not MARKUP.search(text)
    return text


def closed(ticket: Ticket, days: int) -> None:
    """Solved so many days ago, closed by itself a week later."""
    at = now() - timedelta(days=days)
    Ticket.objects.filter(pk=ticket.pk).update(
        status=Status.CLOSED, solved_at=at, closed_at=at + timedelta(days=7, seconds=1)
    )


def test_closed_by_itself_it_opens_again_for_14_days(scene: Scene) -> None:
    closed(scene.ticket, 10)
    assert "open it again" in text_of(scene, scene.ticket)
    assert scene.client.post(f"/t/{scene.ticket.public_id}/status/", {"status": "open"}).status_code == 302
    scene.ticket.refresh_from_db()
    assert scene.ticket.status == Status.OPEN


def test_later_a_new_one_goes_on_and_both_are_linked(scene: Scene) -> None:
    closed(scene.ticket, 20)
    text = text_of(scene, scene.ticket)
    assert "open it again" not in text and "/follow-up/" in text and "data-live-composer" not in text
    address = f"/t/{scene.ticket.public_id}/follow-up/"
    response = scene.client.post(address, {"words": "It broke again."})
    fresh = Ticket.objects.latest("pk")
    assert response.status_code == 302 and fresh.public_id in response["Location"]
    assert f"/tickets/{scene.ticket.public_id}/" in text_of(scene, fresh)
    assert f"/tickets/{fresh.public_id}/" in text_of(scene, scene.ticket)


def test_a_merged_one_leads_on(scene: Scene) -> None:
    second = make_ticket(scene.buyer, order=scene.order)
    merge_tickets(actor=actor(scene.house.agent), source=scene.ticket.public_id, target=second.public_id)
    text = text_of(scene, scene.ticket)
    assert f"/tickets/{second.public_id}/" in text and "data-live-composer" not in text


def test_mails_off_and_on(scene: Scene) -> None:
    address = f"/tickets/{scene.ticket.public_id}/mail/"
    for _n in range(2):
        assert scene.client.post(address, {"on": "0"}).status_code == 302
    assert MailOff.objects.filter(ticket=scene.ticket).exists() and "Follow by mail" in text_of(
        scene, scene.ticket
    )
    scene.client.post(address, {"on": "1"})
    assert not MailOff.objects.exists()
    assert scene.stranger.post(address, {"on": "0"}).status_code == 404


def test_copies_are_named_and_taken_off(scene: Scene) -> None:
    address = f"/t/{scene.ticket.public_id}/copies/"
    assert scene.client.post(address, {"add": "boss@example.com"}).status_code == 302
    assert "boss@example.com" in text_of(scene, scene.ticket)
    scene.client.post(address, {"remove": "boss@example.com"})
    assert not scene.ticket.copies.exists()
    assert scene.client.post(address, {"add": "no address"}).status_code == 400


def test_the_mark_is_changed_for_a_day(scene: Scene) -> None:
    actions.set_status(actor=SYSTEM, ticket=scene.ticket.public_id, status="solved")
    actions.rate_ticket(actor=actor(scene.buyer), ticket=scene.ticket.public_id, score=3)
    assert "Change the mark" in text_of(scene, scene.ticket)
    scene.ticket.satisfaction.__class__.objects.update(at=now() - timedelta(hours=25))
    assert "Change the mark" not in text_of(scene, scene.ticket)
