"""The dashboard's doors: managers alone, budgets that do not grow, pages by keys, hints."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from core import live
from core.actors import Actor
from helpdesk.dashboard.definitions import NUMBERS
from helpdesk.subscribers import Hints
from tests.factories import House, actor, log_in, make_buyer, make_house, make_ticket

pytestmark = pytest.mark.django_db
PAGES = ("/dashboard/", "/dashboard/now/", "/dashboard/next/", "/dashboard/rows/open/")


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.mark.parametrize("address", PAGES)
def test_managers_only(client: Client, house: House, address: str) -> None:
    assert client.get(address).status_code == 302
    for person in (house.agent, house.specialist, make_buyer()):
        assert log_in(Client(), person).get(address).status_code == 403
    for person in (house.manager, house.admin):
        assert log_in(Client(), person).get(address).status_code == 200


@pytest.mark.parametrize("what", NUMBERS)
def test_every_number_opens_its_rows(client: Client, house: House, what: str) -> None:
    make_ticket()
    response = log_in(client, house.manager).get(reverse("dashboard:rows", args=[what]))
    assert response.status_code == 200
    assert str(NUMBERS[what].words)[:20] in response.content.decode()


@pytest.mark.parametrize(
    "query",
    ["kept/?metric=first_response&team=orders", "kept/?metric=dispatch&store=us", "first-responses/", "ratings/",
     "arrivals/?weekday=0&hour=9&zone=America/New_York"],
)  # fmt: skip
def test_rows_of_a_range(client: Client, house: House, query: str) -> None:
    make_ticket()
    assert log_in(client, house.manager).get(f"/dashboard/rows/{query}").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/dashboard/rows/nothing/", "/dashboard/?days=5", "/dashboard/?days=x", "/dashboard/rows/kept/?metric=luck",
     "/dashboard/rows/open/?after=yesterday", "/dashboard/rows/open/?after=x|1",
     "/dashboard/rows/arrivals/?weekday=0&hour=9&zone=Nowhere"],
)  # fmt: skip
def test_nonsense_is_not_found(client: Client, house: House, address: str) -> None:
    assert log_in(client, house.manager).get(address).status_code == 404


def test_pages_by_keys_show_each_row_once(client: Client, house: House) -> None:
    for _n in range(53):
        make_ticket()
    log_in(client, house.manager)
    seen: list[str] = []
    address = "/dashboard/rows/open/"
    while address:
        context = client.get(address).context
        seen += [row.url for row in context["rows"]]
        address = f"/dashboard/rows/open/{context['following']}" if context["following"] else ""
    assert len(seen) == len(set(seen)) == 53


@pytest.mark.parametrize(
    "address,most", [("/dashboard/now/", 15), ("/dashboard/next/", 15), ("/dashboard/", 45)]
)
def test_budgets_do_not_grow_with_tickets(
    client: Client, house: House, django_assert_max_num_queries, address: str, most: int
) -> None:
    log_in(client, house.manager)
    make_ticket()
    client.get(address)
    with django_assert_max_num_queries(most) as few:
        client.get(address)
    for _n in range(20):
        make_ticket()
    with django_assert_max_num_queries(most) as many:
        client.get(address)
    assert len(many) == len(few)


def test_the_api_tells_the_same(client: Client, house: House) -> None:
    make_ticket()

    from rest_framework.test import APIRequestFactory

    from helpdesk.dashboard.api import NowView

    def ask(who: Actor) -> object:
        request = APIRequestFactory().get("/api/v1/reports/now/")
        request.actor = who
        return NowView.as_view()(request)

    told = ask(actor(house.manager))
    assert told.status_code == 200
    assert (told.data["open"], told.data["states"]["fine"]) == (1, 1)
    assert ask(actor(house.agent)).status_code == 403
    assert ask(Actor(kind="visitor")).status_code == 401


def test_the_topic_is_the_managers_own(house: House) -> None:
    assert live.topic_groups(actor(house.manager), "dashboard") == ["dashboard"]
    assert live.topic_groups(actor(house.admin), "dashboard") == ["dashboard"]
    for person in (house.agent, house.specialist, make_buyer()):
        assert live.topic_groups(actor(person), "dashboard") is None


def test_both_live_parts_carry_their_topic(client: Client, house: House) -> None:
    log_in(client, house.manager)
    for address in ("/dashboard/now/", "/dashboard/next/"):
        body = client.get(address).content.decode()
        assert 'data-live-topic="dashboard"' in body
        assert f'data-live-src="{address}"' in body


def test_hints_in_a_burst_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first goes out at once, all the others as one when the pause is over."""
    import threading

    pushed: list[str] = []
    second = threading.Event()

    def push(group: str, payload: object) -> None:
        pushed.append(group)
        if len(pushed) == 2:
            second.set()

    monkeypatch.setattr(live, "push", push)
    hints = Hints(pause=0.05)
    for _n in range(50):
        hints.ask()
    assert second.wait(5)
    assert pushed == ["dashboard", "dashboard"]


def test_no_inline_style_or_script(client: Client, house: House) -> None:
    make_ticket()
    body = log_in(client, house.manager).get("/dashboard/").content.decode()
    assert " style=" not in body
    assert "<style" not in body
    assert all("src=" in tag for tag in body.split("<script")[1:])


def test_names_of_people_are_text(client: Client, house: House) -> None:
    make_ticket(make_buyer(name="<b>Bobby</b>"), subject="<script>alert(1)</script>")
    body = log_in(client, house.manager).get("/dashboard/rows/open/").content.decode()
    assert "<b>Bobby" not in body
    assert "<script>alert" not in body
