"""The only writer of answers and of what readers made of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, Invalid, NotFound
from core.ids import new_public_id
from core.text import clean_body
from faq.models import Article, Category, Feedback, Revision, SearchLog, Translation
from faq.queries import visible_articles

BODY_LIMIT = 40_000


def save_category(
    *, actor: Actor, slug: str, name: str, parent: str = "", description: str = "", icon: str = "", tint: str = "",
    position: int = 0,
) -> Category:  # fmt: skip
    """Make or change a category. Managers only; Invalid (`parent`) when it would hang below itself."""
    _managers(actor)
    with transaction.atomic():
        above = Category.objects.get(slug=parent) if parent else None
        if above is not None and slug in (above.slug, above.parent.slug if above.parent else ""):
            raise Invalid.field("parent", _("A category cannot hang below itself."))
        made, _new = Category.objects.update_or_create(
            slug=slug,
            defaults={
                "name": name, "parent": above, "description": description, "icon": icon, "tint": tint,
                "position": position,
            },
        )  # fmt: skip
        return made


def save_article(
    *, actor: Actor, category: str, title: str, body: str, slug: str = "", summary: str = "", language: str = "en",
    status: str = Article.Status.PUBLISHED, position: int = 0,
) -> Article:  # fmt: skip
    """Make or change an article in one language; each change leaves a revision, other languages become stale.

    Staff only; only managers publish. Raises Invalid with the field for an empty or over-long text.
    """
    if not (actor.is_staff or actor.is_system):
        raise Forbidden()
    if status == Article.Status.PUBLISHED:
        _managers(actor)
    words = {
        "title": clean_body(title, field="title", limit=200),
        "summary": summary.strip()[:300],
        "body": clean_body(body, limit=BODY_LIMIT),
    }
    with transaction.atomic():
        article, _made = Article.objects.get_or_create(
            slug=slug or slugify(title)[:120],
            defaults={"category": Category.objects.get(slug=category), "language": language},
        )
        article = locked(Article.objects.filter(pk=article.pk)).get()
        article.category = Category.objects.get(slug=category)
        article.status, article.position = status, position
        if status == Article.Status.PUBLISHED:
            article.reviewed_at = now()
        article.save(update_fields=["category", "status", "position", "reviewed_at"])
        _save_words(actor, article, language, words)
        return article


def _save_words(actor: Actor, article: Article, language: str, words: dict[str, str]) -> None:
    found = Translation.objects.filter(article=article, language=language).first()
    if found and all(getattr(found, name) == text for name, text in words.items()):
        return
    number = found.revision + 1 if found else 1
    row, _made = Translation.objects.update_or_create(
        article=article,
        language=language,
        defaults={**words, "revision": number, "updated_at": now(), "stale": False},
    )
    Revision.objects.create(
        translation=row, number=number, at=now(), actor_kind=actor.kind, actor_id=actor.id, **words
    )
    if found and language == article.language:
        Translation.objects.filter(article=article).exclude(language=language).update(stale=True)


def _managers(actor: Actor) -> None:
    if not actor.is_manager:
        raise Forbidden()


def record_feedback(
    *, actor: Actor, slug: str, reader: str, helpful: bool, words: str = "", saved: bool = False
) -> Feedback:
    """A reader's mark on an article; one each, the last word counts. `reader` tells visitors apart.

    `saved`: it was a suggestion beside a ticket that is not sent because of it; that stands until a "no".
    """
    with transaction.atomic():
        article = locked(visible_articles(actor).filter(slug=slug)).first()
        if article is None:
            raise NotFound()
        before = Feedback.objects.filter(article=article, reader=reader).first()
        saves = helpful and (saved or bool(before and before.saved))
        mark, _made = Feedback.objects.update_or_create(
            article=article,
            reader=reader,
            defaults={"helpful": helpful, "saved": saves, "words": words.strip()[:2000], "at": now()},
        )
        settled = int(helpful) - int(before.helpful if before else False)
        kept = int(saves) - int(before.saved if before else False)
        if settled or kept:
            Article.objects.filter(pk=article.pk).update(
                settled=F("settled") + settled, saved=F("saved") + kept
            )
        return mark


def forget_reader(readers: Iterable[str]) -> None:
    """Take the words and the reader from these readers' marks; the marks go on counting. Again changes nothing."""
    with transaction.atomic():
        for mark in locked(Feedback.objects.filter(reader__in=list(readers)).order_by("pk")):
            mark.reader, mark.words = f"erased:{new_public_id()}", ""
            mark.save(update_fields=["reader", "words"])


def record_view(*, slug: str) -> None:
    """Somebody read it."""
    Article.objects.filter(slug=slug).update(views=F("views") + 1)


def log_search(*, query: str, language: str, found: int) -> None:
    """What was looked for, without saying by whom."""
    if query.strip():
        SearchLog.objects.create(query=query.strip()[:200], language=language, found=found, at=now())
