"""Views: made, changed, dropped, opened by their address; a filter that says nothing is told in words."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import Budget, Scene
from tests.factories import actor, make_buyer, make_ticket
from tickets.actions import set_priority, set_status
from tickets.actions.views import save_view
from tickets.models import SavedView, Ticket

HX = {"headers": {"HX-Request": "true"}}


def numbers(body: str) -> list[int]:
    return [int(one) for one in re.findall(r'data-choose="(\d+)"', body)]


def test_a_view_is_kept_opened_and_dropped(scene: Scene) -> None:
    other = make_ticket(make_buyer("Bo"), subject="Urgent one")
    set_priority(actor=actor(scene.house.agent), ticket=other.public_id, priority="urgent")
    fields = {"name": "Burning", "priority": ["urgent", "high"], "status": ["live"], "order": "newest"}
    kept = scene.agent.post("/console/views/save/", fields, **HX)
    view = SavedView.objects.get()
    assert (kept.status_code, kept["HX-Redirect"]) == (204, f"/console/?view={view.pk}")
    assert (view.owner_id, view.filters) == (
        scene.house.agent.pk,
        {"priority": ["high", "urgent"], "status": ["live"]},
    )
    body = scene.agent.get(f"/console/?view={view.pk}").content.decode()
    assert numbers(body) == [other.pk] and 'data-title="Burning"' in body
    assert f'href="/console/t/{other.pk}/?view={view.pk}"' in body
    ticket = scene.agent.get(f"/console/t/{other.pk}/?view={view.pk}").content.decode()
    assert numbers(ticket) == [other.pk]
    assert "Burning" not in scene.foreign.get("/console/").content.decode()
    stranger = scene.foreign.post(f"/console/views/{view.pk}/drop/", **HX)
    assert stranger.status_code == 404 and SavedView.objects.exists()
    renamed = {"view": str(view.pk), "name": "Hot", "priority": "urgent"}
    assert scene.agent.post("/console/views/save/", renamed, **HX).status_code == 204
    assert SavedView.objects.get().name == "Hot"
    assert scene.agent.post(f"/console/views/{view.pk}/drop/", **HX).status_code == 204
    assert not SavedView.objects.exists()
    assert 'data-title="Inbox"' in scene.agent.get(f"/console/?view={view.pk}").content.decode()


@pytest.mark.parametrize(
    "query",
    ["status=banana", "sla=sometimes", "escalated=maybe", "order=odd", "solved=ever", "priority=low,x"],
)
def test_a_filter_that_says_nothing_is_told_in_words(scene: Scene, query: str) -> None:
    for url in (f"/console/?{query}", f"/console/queue/?{query}", f"/console/queue/more/?{query}"):
        answer = scene.agent.get(url, **HX)
        assert answer.status_code == 400, url
        assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    "fields", [{"team": "nobodys"}, {"category": "x"}, {"store": "moon"}, {"status": "odd"}]
)
def test_a_view_of_nonsense_is_not_kept(scene: Scene, fields: dict[str, str]) -> None:
    for url in ("/console/views/save/", "/console/views/show/"):
        answer = scene.agent.post(url, {"name": "Odd", **fields}, **HX)
        assert answer.status_code == 400 and "nothing to filter" in answer.content.decode(), url
    assert not SavedView.objects.exists()


def test_what_others_use_is_a_managers_to_change(scene: Scene) -> None:
    shared = {"name": "All late", "sla": "late", "shared": "all"}
    assert scene.agent.post("/console/views/save/", shared, **HX).status_code == 403
    assert scene.manager.post("/console/views/save/", shared, **HX).status_code == 204
    of_team = {"name": "Ours", "status": "live", "shared": "team", "team_of": "orders"}
    assert scene.manager.post("/console/views/save/", of_team, **HX).status_code == 204
    view = SavedView.objects.get(name="All late")
    mine = {"view": str(view.pk), "name": "Mine now", "sla": "late", "shared": "me"}
    assert scene.agent.post("/console/views/save/", mine, **HX).status_code == 403
    assert scene.agent.post(f"/console/views/{view.pk}/drop/", **HX).status_code == 403
    view.refresh_from_db()
    assert (view.name, view.owner_id) == ("All late", None)
    menu = scene.agent.get("/console/views/", **HX).content.decode()
    assert "All late" in menu and "Ours" in menu
    assert "Ours" not in scene.foreign.get("/console/views/", **HX).content.decode()
    assert (
        "Save changes" not in scene.agent.get(f"/console/views/form/?view={view.pk}", **HX).content.decode()
    )
    assert "Save changes" in scene.manager.get(f"/console/views/form/?view={view.pk}", **HX).content.decode()


def test_pages_follow_each_other_without_a_gap(scene: Scene) -> None:
    for n in range(55):
        make_ticket(scene.buyer, subject=f"Question {n}")
    first = scene.agent.get("/console/queue/?status=live&order=newest").content.decode()
    more = re.search(r'hx-get="([^"]*cursor=[^"]*)"', first)
    assert more and len(numbers(first)) == 50 and "56, newest first" in first
    rest = scene.agent.get(more[1].replace("&amp;", "&"), **HX).content.decode()
    assert "cursor=" not in rest
    every = numbers(first) + numbers(rest)
    assert every == sorted(Ticket.objects.values_list("pk", flat=True), reverse=True)
    assert scene.agent.get("/console/queue/more/?status=live&cursor=nowhere", **HX).status_code == 400
    assert len(numbers(scene.agent.get("/console/queue/?status=live&most=100").content.decode())) == 56


def test_counts_are_capped_and_cost_one_query_each(
    scene: Scene, at_most: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        make_ticket(scene.buyer, subject=f"Question {n}")
    for name in ("One", "Two", "Three"):
        save_view(actor=actor(scene.house.agent), name=name, filters={"status": "live"})
    with at_most(9):  # session, user, person, teams, the views, three counts
        body = scene.agent.get("/console/views/", **HX).content.decode()
    assert re.findall(r'<span class="num soft">(\d*\+?)</span>', body) == ["7", "7", "7"]
    monkeypatch.setattr("helpdesk.console.queries.lists.CAP", 5)
    monkeypatch.setattr(
        "helpdesk.console.queries.lists.count_up_to", lambda rows: rows.order_by()[:6].count()
    )
    assert "5+" in scene.agent.get("/console/views/", **HX).content.decode()


def test_a_list_costs_the_same_however_long_it_is(scene: Scene, at_most: Budget) -> None:
    with at_most(15):
        scene.agent.get("/console/queue/?status=live")
    for n in range(12):
        make_ticket(make_buyer(f"Buyer {n}"), subject=f"Question {n}")
    with at_most(15):
        body = scene.agent.get("/console/queue/?status=live").content.decode()
    assert len(numbers(body)) == 13


def test_what_is_solved_says_so_and_by_when(scene: Scene) -> None:
    set_status(actor=actor(scene.house.agent), ticket=scene.ticket.public_id, status="solved")
    body = scene.agent.get("/console/queue/?solved=week&order=updated").content.decode()
    assert numbers(body) == [scene.ticket.pk] and "Solved: in the last 7 days" in body
    Ticket.objects.update(solved_at="2020-01-01T00:00:00Z")
    assert numbers(scene.agent.get("/console/queue/?solved=week").content.decode()) == []


def test_the_form_shows_what_is_looked_at(scene: Scene) -> None:
    body = scene.agent.get(
        "/console/views/form/?status=open,waiting&assignee=me&tags=vip", **HX
    ).content.decode()
    assert re.search(r'value="waiting" checked', body) and re.search(r'value="me" selected', body)
    assert 'value="vip"' in body
    shown = scene.agent.post("/console/views/show/", {"status": ["open"], "name": "", "order": "due"}, **HX)
    assert shown["HX-Redirect"] == "/console/?status=open&order=due"
    whole = scene.agent.get("/console/views/form/")
    assert whole.status_code == 200 and "<html" in whole.content.decode()
