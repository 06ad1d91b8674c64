"""Reads of answers; drafts and retired ones are staff's alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.actors import VISITOR, Actor
from core.errors import NotFound
from faq import search as index
from faq.models import Article, Category, Feedback, Translation
from faq.search import Hit

NEAR_BEST = 0.4  # what scores far below the best answer is left out


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with its published articles' number and its children."""

    category: Category
    articles: int
    children: tuple[Branch, ...]


def tree(language: str = "en") -> list[Branch]:
    """The categories as a tree, each with the number of its published answers; one query."""
    published = Count("articles", filter=Q(articles__status=Article.Status.PUBLISHED))
    rows = list(Category.objects.annotate(published=published))
    return _branches(rows, None)


def _branches(rows: Sequence[Category], parent: int | None) -> list[Branch]:
    mine = [row for row in rows if row.parent_id == parent]
    made = []
    for row in mine:
        children = tuple(_branches(rows, row.pk))
        own: int = row.published  # type: ignore[attr-defined]
        made.append(Branch(row, own + sum(child.articles for child in children), children))
    return made


def access_category(slug: str) -> Category:
    """A category by its slug; NotFound when there is none."""
    found = Category.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        raise NotFound()
    return found


def visible_articles(actor: Actor) -> QuerySet[Article]:
    """Published ones for everybody, all for staff."""
    rows = Article.objects.select_related("category__parent")
    return rows if actor.is_staff or actor.is_system else rows.filter(status=Article.Status.PUBLISHED)


def access_article(actor: Actor, slug: str, language: str) -> tuple[Article, Translation]:
    """An article in this language, else in its original's. NotFound for a draft that is not yours to see."""
    article = visible_articles(actor).filter(slug=slug).first()
    if article is None:
        raise NotFound()
    return article, _translation(list(article.translations.all()), article, language)


def _translation(rows: list[Translation], article: Article, language: str) -> Translation:
    by_language = {row.language: row for row in rows}
    found = by_language.get(language) or by_language.get(article.language)
    if found is None:
        raise NotFound()
    return found


def titles(actor: Actor, articles: QuerySet[Article], language: str) -> list[tuple[Article, Translation]]:
    """Each article with its words in this language; two queries whatever the number."""
    rows = list(articles.prefetch_related("translations"))
    return [
        (row, _translation(list(row.translations.all()), row, language))
        for row in rows
        if row.translations.all()
    ]


def articles_in(actor: Actor, category: Category, language: str) -> list[tuple[Article, Translation]]:
    """The answers of a category and of its children."""
    here = Q(category=category) | Q(category__parent=category)
    return titles(actor, visible_articles(actor).filter(here), language)


def popular(limit: int = 5, language: str = "en") -> list[tuple[Article, Translation]]:
    """The answers that settled most."""
    rows = visible_articles(VISITOR).order_by("-settled", "-views", "position", "id")[:limit]
    return titles(VISITOR, rows, language)


def related(article: Article, language: str, limit: int = 4) -> list[tuple[Article, Translation]]:
    """Other published answers of the same category."""
    rows = visible_articles(VISITOR).filter(category=article.category_id).exclude(pk=article.pk)[:limit]
    return titles(VISITOR, rows, language)


@dataclass(frozen=True, slots=True)
class Figures:
    """What readers made of an article. `saved`: tickets that were being written and not sent because of it."""

    views: int
    yes: int
    no: int
    saved: int


def figures(article: Article) -> Figures:
    """For managers; one query."""
    marks = Feedback.objects.filter(article=article)
    counted = marks.aggregate(
        yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False))
    )
    return Figures(article.views, counted["yes"], counted["no"], article.saved)


def search(actor: Actor, text: str, language: str, limit: int = 20) -> list[Hit]:
    """What a reader looks for: answers with every word, and where there are none, with any of the telling ones."""
    found = index.matching(text, language, limit=limit)
    if found:
        return found
    telling = _telling(text)
    return index.matching(" ".join(telling), language, limit=limit, every=False) if telling else []


def suggest(text: str, language: str, limit: int = 3) -> list[Hit]:
    """Answers for a question that is still being typed; nothing rather than nonsense."""
    telling = _telling(text)
    if not telling:
        return []
    found = index.matching(" ".join(telling), language, limit=limit * 4, every=False)
    best = max((hit.score for hit in found), default=0.0)
    return [hit for hit in found if hit.score >= best * NEAR_BEST and _fits(hit, telling)][:limit]


def _telling(text: str) -> list[str]:
    return [word for word in index.words_of(text) if len(word) > 2 and word not in index.STOP]


def _fits(hit: Hit, telling: list[str]) -> bool:
    """Whether the title or the summary speaks of one of the telling words: a body alone mentions too much."""
    head = {_stem(word) for word in index.words_of(f"{hit.title} {hit.summary}")}
    return not head.isdisjoint(_stem(word) for word in telling)


def _stem(word: str) -> str:
    """A rough common stem, enough to compare a question with a title."""
    for ending in (
        "ations",
        "ation",
        "ments",
        "ment",
        "ings",
        "ing",
        "ied",
        "ies",
        "ed",
        "es",
        "s",
        "ly",
        "y",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
