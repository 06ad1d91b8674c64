"""Every page: works for its owner, is not there for a stranger, sends a visitor to sign in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from core.actors import SYSTEM
from faq.actions import save_article, save_category
from orders.actions import propose_change
from tests.factories import actor, log_in, make_order, make_ticket
from tests.portal.conftest import Budget, Scene

MARKUP = re.compile(r"""<(?:[a-z][^>]*\s)?(?:style=|on[a-z]+=)|<style|<script(?![^>]*\ssrc=)""")


def own_pages(scene: Scene) -> list[str]:
    order, ticket = scene.order.public_id, scene.ticket.public_id
    return [
        f"/orders/{order}/",
        f"/orders/{order}/state/",
        f"/orders/{order}/timeline/",
        f"/orders/{order}/cancel/",
        f"/tickets/{ticket}/",
        f"/tickets/{ticket}/strip/",
        f"/tickets/{ticket}/foot/",
        f"/tickets/new/?order={order}",
        f"/chat/?order={order}",
    ]


OPEN_PAGES = [
    "/",
    "/help/",
    "/help/search/?q=duty",
    "/help/search/",
    "/contact/",
    "/contact/thanks/",
    "/chat/",
]
SIGNED_IN = [
    "/orders/",
    "/orders/?q=2041",
    "/orders/?status=open",
    "/tickets/",
    "/tickets/?q=desk",
    "/account/",
    "/tickets/new/",
]


def test_owner_sees_everything(scene: Scene) -> None:
    for url in [*OPEN_PAGES, *SIGNED_IN, *own_pages(scene)]:
        response = scene.client.get(url)
        assert response.status_code == 200, url
        assert not MARKUP.search(response.content.decode()), f"{url} has inline script or style"


def test_stranger_finds_nothing(scene: Scene) -> None:
    for url in own_pages(scene):
        response = scene.stranger.get(url)
        assert response.status_code == 404, url
        assert "2041" not in response.content.decode(), url


def test_visitor_signs_in_first_and_comes_back(scene: Scene) -> None:
    for url in [*SIGNED_IN[:-1], *own_pages(scene)[:7]]:
        response = scene.visitor.get(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith("/accounts/login/?next="), url


def test_visitor_reads_the_open_pages(scene: Scene) -> None:
    for url in OPEN_PAGES:
        assert scene.visitor.get(url).status_code == 200, url


def test_visitor_who_wants_a_ticket_gets_the_contact_form(scene: Scene) -> None:
    response = scene.visitor.get("/tickets/new/?category=product")
    assert response["Location"] == "/contact/?category=product"


@pytest.mark.parametrize(
    "url", ["/orders/nothing/", "/tickets/nothing/", "/help/a/nothing/", "/help/c/nothing/", "/no/such/"]
)
def test_what_is_not_there_says_so(scene: Scene, url: str) -> None:
    response = scene.client.get(url)
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_staff_talk_in_the_console(scene: Scene) -> None:
    response = log_in(Client(), scene.house.agent).get(f"/tickets/{scene.ticket.public_id}/")
    assert response["Location"] == f"/console/t/{scene.ticket.number}/"


def test_a_note_is_not_in_the_buyers_page(scene: Scene) -> None:
    from tickets.actions import post_message

    agent = actor(scene.house.agent)
    post_message(
        actor=agent, ticket=scene.ticket.public_id, kind="note", body="between us: the mug is cracked"
    )
    post_message(actor=agent, ticket=scene.ticket.public_id, kind="reply", body="we look into it")
    page = scene.client.get(f"/tickets/{scene.ticket.public_id}/").content.decode()
    assert "we look into it" in page
    assert "cracked" not in page
    assert scene.client.get(f"/orders/{scene.order.public_id}/").content.decode().count("cracked") == 0


def test_markup_that_somebody_wrote_stays_text(scene: Scene) -> None:
    ticket = make_ticket(
        scene.buyer, subject="<script>alert(1)</script>", body="<img src=x onerror=alert(1)>"
    )
    page = scene.client.get(f"/tickets/{ticket.public_id}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_promise_stands_in_both_zones(scene: Scene) -> None:
    page = scene.client.get("/tickets/new/?category=order").content.decode()
    assert re.search(
        r"Answered by \w{3} \d+ \w{3}, [\d:]+ [AP]M in New York \((\w{3} \d+ \w{3}, )?[\d:]+ [AP]M for you\)",
        page,
    )


def test_an_answer_leads_on(scene: Scene) -> None:
    save_category(actor=SYSTEM, slug="shipping", name="Shipping")
    save_article(
        actor=SYSTEM,
        category="shipping",
        slug="duty",
        title="Who pays duty?",
        summary="We do",
        body="**We** do.\n\n<b>x</b>",
    )
    page = scene.visitor.get("/help/a/duty/").content.decode()
    assert "<strong>We</strong>" in page
    assert "<b>x</b>" not in page
    assert "/tickets/new/?article=duty" in page
    assert "Who pays duty?" in scene.visitor.get("/help/search/?q=duty").content.decode()
    assert scene.visitor.get("/help/c/shipping/").status_code == 200
    asked = scene.client.get("/tickets/new/?article=duty").content.decode()
    assert 'value="Who pays duty?"' in asked


def test_search_finds_own_orders_by_number(scene: Scene) -> None:
    assert f"/orders/{scene.order.public_id}/" in scene.client.get("/help/search/?q=%232041").content.decode()
    assert scene.order.public_id not in scene.stranger.get("/help/search/?q=2041").content.decode()


def test_older_orders_follow_by_a_link(scene: Scene) -> None:
    for n in range(45):
        make_order(
            scene.buyer, number=f"A{n:03}", placed_at=scene.order.placed_at
        )  # one instant: the id decides
    seen: list[str] = []
    url = "/orders/"
    for _round in range(5):
        page = scene.client.get(url).content.decode()
        seen += re.findall(r'<a href="/orders/([a-z0-9]{20})/">#', page)
        older = re.search(r'href="(\?before=[\d-]+)"', page)
        if not older:
            break
        url = "/orders/" + older.group(1)
    assert len(seen) == 46
    assert len(set(seen)) == 46


@pytest.mark.parametrize("before", ["x", "1-", "99999999999999999999999-1", "-5-5", "1-1"])
def test_a_spoiled_cursor_still_shows_a_page(scene: Scene, before: str) -> None:
    assert scene.client.get("/orders/", {"before": before}).status_code == 200


def test_budgets_do_not_grow_with_rows(scene: Scene, at_most: Budget) -> None:
    for n in range(30):
        order = make_order(scene.buyer, number=f"B{n:03}")
        make_ticket(scene.buyer, order=order, subject=f"Question {n}")
    with at_most(10):
        scene.client.get("/orders/")
    with at_most(6):
        scene.client.get("/tickets/")
    with at_most(24):
        scene.client.get("/")
    with at_most(20):
        scene.client.get(f"/orders/{scene.order.public_id}/")
    with at_most(20):
        scene.client.get(f"/tickets/{scene.ticket.public_id}/")


def test_machines_are_answered(client: Client, db: None) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    theme = client.get("/theme.css")
    assert theme["Content-Type"].startswith("text/css")
    assert "--accent:" in theme.content.decode()


@pytest.mark.parametrize(
    ("who", "where"), [("buyer", "/"), ("agent", "/console/"), ("manager", "/dashboard/")]
)
def test_where_a_sign_in_leads(scene: Scene, who: str, where: str) -> None:
    person = scene.buyer if who == "buyer" else getattr(scene.house, who)
    client = log_in(Client(), person)
    assert client.get("/after-sign-in/")["Location"] == where
    assert client.get("/after-sign-in/?next=/orders/")["Location"] == "/orders/"
    assert client.get("/after-sign-in/?next=https://evil.example/")["Location"] == where


def test_a_question_of_the_shop_has_its_buttons_on_order_and_ticket(scene: Scene) -> None:
    agent = actor(scene.house.agent)
    ticket = make_ticket(scene.buyer, order=scene.order, subject="Where is it?")
    row = propose_change(
        actor=agent, order_id=scene.order.pk, kind="cancel", words="No stock.", asked_on=ticket.public_id
    )
    for url in (f"/orders/{scene.order.public_id}/", f"/tickets/{ticket.public_id}/"):
        shown = scene.client.get(url).content.decode()
        assert f"/o/changes/{row.public_id}/answer/" in shown and "No stock." in shown
    said = scene.client.post(f"/o/changes/{row.public_id}/answer/", {"yes": "1"}, follow=True)
    assert "It is done as you agreed" in said.content.decode()
    scene.order.refresh_from_db()
    assert scene.order.status == "cancelled"
