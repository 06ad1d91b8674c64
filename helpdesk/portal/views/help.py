"""The help centre: home, topics, answers, search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.models import Person
from core.actors import Actor
from faq import queries as faq
from faq.actions import log_search, record_view
from faq.render import rendered
from helpdesk.portal import queries
from helpdesk.portal.shell import actor_of, page
from orders.queries import NEWEST, search_orders, visible_orders
from tickets.queries import categories
from tickets.queries import search as search_tickets

RECENT = 3
FOUND = 20


def language() -> str:
    """The reader's language."""
    return get_language() or "en"


def member_type(request: HttpRequest) -> str:
    """What kind of member asks; policies may promise more to some."""
    person = getattr(request.user, "person", None)
    return person.member_type if person else Person.MemberType.RETAIL


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """One search box, the desks, topics, one's own orders, what others read."""
    actor = actor_of(request)
    desks = queries.desks()
    topics = list(categories())
    context = {
        "before_buying": queries.desk_for(desks, on_order=False),
        "on_order": queries.desk_for(desks, on_order=True),
        "categories": topics,
        "quote": queries.promise(topics[0], None, actor, member_type(request)) if topics else None,
        "branches": faq.tree(language()),
        "popular": faq.popular(language=language(), limit=4),
        "first_name": actor.name.split(" ")[0] if actor.is_known else "",
        **_own_orders(actor),
    }
    if context["quote"]:
        context["desk_zone"] = topics[0].team.calendar.timezone
    return page(request, "home", context)


def _own_orders(actor: Actor) -> dict[str, object]:
    if not actor.is_known or actor.is_staff:
        return {}
    rows = list(queries.order_rows(actor).order_by(*NEWEST)[: RECENT + 1])
    return {
        "cards": queries.cards(rows[:RECENT], actor),
        "has_more_orders": len(rows) > RECENT,
        "order_count": visible_orders(actor).count() if len(rows) > RECENT else len(rows),
    }


@require_GET
def help_index(request: HttpRequest) -> HttpResponse:
    """All topics with their answers."""
    actor = actor_of(request)
    rows = faq.titles(actor, faq.visible_articles(actor), language())
    groups: dict[int, list[object]] = {}
    for row in rows:
        groups.setdefault(row[0].category_id, []).append(row)
    return page(request, "help", {"branches": faq.tree(language()), "groups": groups})


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The answers of a topic."""
    found = faq.access_category(slug)
    rows = faq.articles_in(actor_of(request), found, language())
    return page(request, "category", {"category": found, "articles": rows, "branches": faq.tree(language())})


@require_GET
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One answer, and the ways on when it was none."""
    found, words = faq.access_article(actor_of(request), slug, language())
    record_view(slug=slug)
    shown = rendered(words.body)
    context = {
        "article": found,
        "words": words,
        "html": shown.html,
        "contents": shown.contents,
        "related": faq.related(found, language()),
        "figures": faq.figures(found) if actor_of(request).is_manager else None,
        "before_buying": queries.desk_for(queries.desks(), on_order=False),
    }
    return page(request, "article", context)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Answers, one's own orders and tickets: grouped, never ranked over all."""
    actor, text = actor_of(request), request.GET.get("q", "").strip()[:200]
    hits = faq.search(actor, text, language(), FOUND) if text else []
    if text:
        log_search(query=text, language=language(), found=len(hits))
    context = {"q": text, "hits": hits, "popular": [] if hits else faq.popular(language=language(), limit=4)}
    if text and actor.is_known:
        rows = search_orders(actor, text).prefetch_related("lines").order_by(*NEWEST)[:5]
        context["cards"] = queries.cards(list(rows), actor)
        context["tickets"] = list(search_tickets(actor, text)[:5])
    return page(request, "search", context)
