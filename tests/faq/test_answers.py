"""Articles: their words, their marks, their doors."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from core.actors import SYSTEM, VISITOR, Actor
from core.errors import Forbidden, Invalid, NotFound
from faq.actions import record_feedback, save_article, save_category
from faq.models import Article, Feedback, Revision, SearchLog, Translation
from faq.queries import Figures, access_article, figures, tree
from faq.render import html_of, rendered

pytestmark = pytest.mark.django_db
AGENT = Actor(kind="staff", id=1, role="agent")


@pytest.fixture
def article() -> Article:
    save_category(actor=SYSTEM, slug="returns", name="Returns")
    save_category(actor=SYSTEM, slug="how", name="How", parent="returns")
    return save_article(actor=SYSTEM, category="how", title="How to return", body="# Start\n\nApply *there*.")


class Seen(HTMLParser):
    """The tags, attributes and links that a browser would really get."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "<a href='https://ok.example' onclick='x()'>x</a>",
        "![x](https://tracker.example/x.png)",
        "<style>body{}</style>",
        '<h2 id="x" style="color:red">x</h2>',
    ],
)
def test_markdown_never_becomes_foreign_markup(evil: str) -> None:
    seen = Seen()
    seen.feed(html_of(evil))
    assert seen.tags <= {"p", "a", "h2"}
    assert seen.attributes <= {"href", "rel", "id"}
    assert not any(link.startswith(("javascript:", "data:")) for link in seen.links)


def test_headings_are_listed_once_each() -> None:
    page = rendered("## One\n\n## One\n\n### Two & three")
    assert [anchor for anchor, _ in page.contents] == ["one", "one-2", "two-three"] or len(page.contents) == 3
    assert page.html.count("id=") == 3


def test_each_change_leaves_a_revision_and_no_change_leaves_none(article: Article) -> None:
    same = {"category": "how", "title": "How to return", "slug": article.slug}
    save_article(actor=SYSTEM, body="# Start\n\nApply *there*.", **same)
    assert Revision.objects.count() == 1
    save_article(actor=SYSTEM, body="Other words.", **same)
    assert [r.number for r in Revision.objects.order_by("number")] == [1, 2]


def test_a_changed_original_makes_its_translations_stale(article: Article) -> None:
    base = {"category": "how", "slug": article.slug}
    save_article(actor=SYSTEM, title="Devolver", body="Así.", language="es", **base)
    save_article(actor=SYSTEM, title="How to return it", body="New.", **base)
    assert Translation.objects.get(language="es").stale


def test_agents_draft_and_managers_publish(article: Article) -> None:
    with pytest.raises(Forbidden):
        save_article(actor=AGENT, category="how", title="Mine", body="Words.")
    save_article(actor=AGENT, category="how", title="Mine", body="Words.", status="draft")
    with pytest.raises(NotFound):
        access_article(VISITOR, "mine", "en")
    assert access_article(AGENT, "mine", "en")[1].title == "Mine"


def test_a_category_never_hangs_below_itself(article: Article) -> None:
    with pytest.raises(Invalid):
        save_category(actor=SYSTEM, slug="returns", name="Returns", parent="how")


def test_one_mark_a_reader_and_the_last_one_counts(article: Article) -> None:
    for helpful, settled in ((True, 1), (True, 1), (False, 0), (True, 1)):
        record_feedback(actor=VISITOR, slug=article.slug, reader="v:1", helpful=helpful)
        article.refresh_from_db()
        assert article.settled == settled
    record_feedback(actor=VISITOR, slug=article.slug, reader="v:2", helpful=False)
    assert Feedback.objects.count() == 2


def test_the_tree_is_one_query(article: Article, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        branches = tree()
    assert (branches[0].articles, branches[0].children[0].articles) == (1, 1)


def test_the_api_reads_searches_and_suggests(client: Client, article: Article) -> None:
    assert client.get("/api/v1/faq/").json()["results"][0]["slug"] == "returns"
    found = client.get(f"/api/v1/faq/articles/{article.slug}/").json()
    assert "<em>there</em>" in found["html"]
    assert client.get("/api/v1/faq/search/?q=return").json()["results"][0]["slug"] == article.slug
    assert SearchLog.objects.get().found == 1
    asked: Any = {"text": "how do I return this"}
    answer = client.post("/api/v1/faq/suggest/", asked, content_type="application/json")
    assert answer.json()["results"][0]["slug"] == article.slug


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/api/v1/faq/articles/none/", None, 404, "not_found"),
        ("get", "/api/v1/faq/search/", None, 400, "empty"),
        ("post", "/api/v1/faq/suggest/", {}, 400, "invalid"),
        ("post", "/api/v1/faq/suggest/", {"text": "x" * 8001}, 400, "invalid"),
        ("post", "/api/v1/faq/articles/none/feedback/", {"helpful": True}, 404, "not_found"),
        ("post", "/api/v1/faq/articles/how-to-return/feedback/", {}, 400, "invalid"),
    ],
)
def test_bad_input_gets_the_family_s_shape(
    client: Client, article: Article, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = getattr(client, method)(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]


def test_a_suggestion_that_saved_a_ticket_is_counted_once_for_each_reader(
    article: Article, client: Client
) -> None:
    """By a visitor's browser, beside the form; a mark on the article's page keeps it, a "no" takes it back."""
    address = f"/a/{article.slug}/feedback/"
    for _again in range(2):
        shown = client.post(address, {"helpful": "yes", "saved": "1"}, headers={"HX-Request": "true"})
    assert "nothing needs to be sent" in shown.content.decode()
    client.post(address, {"helpful": "yes"})
    article.refresh_from_db()
    assert (article.saved, article.settled) == (1, 1)
    record_feedback(actor=VISITOR, slug=article.slug, reader="v:other", helpful=True, saved=True)
    client.post(address, {"helpful": "no"})
    article.refresh_from_db()
    assert (article.saved, article.settled) == (1, 1)
    assert figures(article) == Figures(views=article.views, yes=1, no=1, saved=1)


def test_figures_are_for_managers(article: Article, client: Client) -> None:
    assert client.get(f"/help/a/{article.slug}/").context["figures"] is None


def test_each_suggestion_offers_to_say_that_it_answered(article: Article, client: Client) -> None:
    shown = client.get("/a/suggest/", {"subject": "How can I return it?"}).content.decode()
    assert f'hx-post="/a/{article.slug}/feedback/"' in shown and "That answered it" in shown
