"""The JSON door to answers; open to visitors."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import View
from core.db import retrying
from core.errors import Invalid
from faq import queries
from faq.actions import log_search, record_feedback
from faq.queries import Branch
from faq.render import html_of
from faq.search import Hit
from faq.views import reader_key


class SuggestIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=8000)
    limit = serializers.IntegerField(min_value=1, max_value=10, default=3)


class FeedbackIn(serializers.Serializer[Any]):
    helpful = serializers.BooleanField()
    words = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class HitOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    snippet = serializers.CharField()
    language = serializers.CharField()
    settled = serializers.IntegerField()
    reviewed_at = serializers.DateTimeField(allow_null=True)


class ArticleOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    category = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    body = serializers.CharField(help_text="Markdown")
    html = serializers.CharField(help_text="The same, rendered and sanitised")
    language = serializers.CharField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    settled = serializers.IntegerField()


class BranchOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    articles = serializers.IntegerField()
    children = serializers.ListField(child=serializers.DictField())


def _branch(branch: Branch) -> dict[str, Any]:
    category = branch.category
    return {
        "slug": category.slug,
        "name": category.name,
        "description": category.description,
        "articles": branch.articles,
        "children": [_branch(child) for child in branch.children],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "slug": hit.slug,
        "title": hit.title,
        "summary": hit.summary,
        "snippet": "".join(text for text, _is_hit in hit.parts),
        "language": hit.language,
        "settled": hit.settled,
        "reviewed_at": hit.reviewed_at,
    }


class _Door(View):
    scopes = {"GET": "faq:read"}
    open_to_visitors = ("GET", "POST")


class TreeView(_Door):
    @extend_schema(operation_id="faq_tree", responses=BranchOut(many=True), tags=["faq"])
    def get(self, request: Request) -> Response:
        """The categories as a tree, with the number of published answers below each."""
        return Response({"results": [_branch(branch) for branch in queries.tree()]})


class ArticleView(_Door):
    @extend_schema(operation_id="faq_article", responses=ArticleOut, tags=["faq"])
    def get(self, request: Request, slug: str) -> Response:
        """One answer, in the caller's language where it exists."""
        article, words = queries.access_article(self.actor, slug, get_language() or "en")
        return Response(
            {
                "slug": article.slug,
                "category": article.category.slug,
                "title": words.title,
                "summary": words.summary,
                "body": words.body,
                "html": html_of(words.body),
                "language": words.language,
                "reviewed_at": article.reviewed_at,
                "settled": article.settled,
            }
        )


class SearchView(_Door):
    @extend_schema(
        operation_id="faq_search",
        parameters=[OpenApiParameter("q", required=True)],
        responses=HitOut(many=True),
        tags=["faq"],
    )
    def get(self, request: Request) -> Response:
        """Answers with every word of `q`; the last word may be unfinished."""
        text = request.query_params.get("q", "").strip()
        if not text:
            raise Invalid.field("q", "Say what to look for.", code="empty")
        hits = queries.search(self.actor, text, get_language() or "en")
        log_search(query=text, language=get_language() or "en", found=len(hits))
        return Response({"results": [_hit(hit) for hit in hits]})


class SuggestView(_Door):
    @extend_schema(operation_id="faq_suggest", request=SuggestIn, responses=HitOut(many=True), tags=["faq"])
    def post(self, request: Request) -> Response:
        """Answers for the text of a question that is being written."""
        shape = SuggestIn(data=request.data)
        shape.is_valid(raise_exception=True)
        hits = queries.suggest(
            shape.validated_data["text"], get_language() or "en", shape.validated_data["limit"]
        )
        return Response({"results": [_hit(hit) for hit in hits]})


class FeedbackView(_Door):
    @extend_schema(operation_id="faq_feedback", request=FeedbackIn, responses={200: FeedbackIn}, tags=["faq"])
    def post(self, request: Request, slug: str) -> Response:
        """Did this answer it? One mark for each reader; the last one counts."""
        shape = FeedbackIn(data=request.data)
        shape.is_valid(raise_exception=True)
        mark = retrying(
            record_feedback,
            actor=self.actor,
            slug=slug,
            reader=reader_key(request._request),
            **shape.validated_data,
        )
        return Response({"helpful": mark.helpful, "words": mark.words})
