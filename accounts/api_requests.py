"""`/api/v1/privacy/` and `/api/v1/verifications/`: what people ask about themselves, and how the desk answers."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, permissions
from accounts.models import PrivacyRequest, Verification
from accounts.queries import requests as queries
from core import privacy
from core.api import CREATED, View, page_of
from core.db import retrying
from core.errors import Forbidden, TooFast

Shape = dict[str, Any]
READ, WRITE = "privacy:read", "privacy:write"
CHECK, DECIDE = "verifications:read", "verifications:write"


# Shapes -------------------------------------------------------------------------------------------------


class PrivacyAsked(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PrivacyRequest.Kind.values)
    words = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Needed to correct."
    )


class Confirmed(serializers.Serializer[Any]):
    password = serializers.CharField(required=False, allow_blank=True, default="")
    token = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Of the mail's link."
    )


class PrivacyAnswer(serializers.Serializer[Any]):
    outcome = serializers.CharField(
        help_text="`done` or `refuse` a correction, `approve` or `refuse` a deletion."
    )
    words = serializers.CharField(required=False, allow_blank=True, default="", help_text="To the person.")


class PrivacyShape(serializers.Serializer[Any]):
    """A request. `due` is null once it has ended; `copy_until` while a copy can be fetched, at `url`."""

    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    person = serializers.CharField(help_text="The person's public id.")
    words = serializers.CharField()
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    due = serializers.DateTimeField(allow_null=True)
    handled_at = serializers.DateTimeField(allow_null=True)
    copy_until = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Where its person sees it, and fetches a copy signed in.")


class PrivacyPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PrivacyShape(many=True)


class HeldShape(serializers.Serializer[Any]):
    what = serializers.CharField()
    number = serializers.IntegerField()


class VerificationAnswer(serializers.Serializer[Any]):
    outcome = serializers.CharField(help_text="`approve`, `ask_again` or `refuse`.")
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", help_text=", ".join(Verification.Reason.values)
    )
    words = serializers.CharField(required=False, allow_blank=True, default="", help_text="To the buyer.")


class DocumentShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class VerificationShape(serializers.Serializer[Any]):
    """An application. Its documents are opened on the desk's page alone, where each look is recorded."""

    id = serializers.CharField()
    person = serializers.CharField(help_text="The person's public id.")
    state = serializers.CharField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    due = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    words = serializers.CharField()
    documents = DocumentShape(many=True)


class VerificationPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = VerificationShape(many=True)


def privacy_shape(row: Any) -> Shape:
    """A request that came with its due."""
    return {
        "id": row.public_id,
        "kind": row.kind,
        "state": row.state,
        "person": row.person.public_id,
        "words": row.words,
        "answer": row.answer,
        "created_at": row.created_at,
        "due": row.due,
        "handled_at": row.handled_at,
        "copy_until": row.result_until,
        "url": f"/account/privacy/#r-{row.public_id}",
    }


def verification_shape(row: Any) -> Shape:
    """An application that came with its due and documents."""
    return {
        "id": row.public_id,
        "person": row.person.public_id,
        "state": row.state,
        "submitted_at": row.submitted_at,
        "due": row.due,
        "decided_at": row.decided_at,
        "reason": row.reason,
        "words": row.words,
        "documents": [
            {"name": one.name, "type": one.content_type, "size": one.size}
            for one in sorted(row.documents.all(), key=lambda one: one.pk)
            if one.removed_at is None
        ],
    }


def _requests() -> Any:
    return queries.with_due(PrivacyRequest.objects.select_related("person"), queries.PRIVACY)


def _verifications() -> Any:
    rows = Verification.objects.select_related("person").prefetch_related("documents")
    return queries.with_due(rows, queries.VERIFICATION)


# Privacy ------------------------------------------------------------------------------------------------


class PrivacyView(View):
    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="privacy_list",
        parameters=[
            OpenApiParameter("queue", bool, description="What waits for staff, for those who answer.")
        ],
        responses={200: PrivacyPage, 403: OpenApiResponse()},
        tags=["privacy"],
    )
    def get(self, request: Request) -> Response:
        """One's own requests, newest first; with `queue` those that wait for staff."""
        rows = _requests()
        if request.query_params.get("queue") in ("1", "true", "True"):
            if not permissions.can_handle_privacy(self.actor):
                raise Forbidden()
            waiting = (PrivacyRequest.State.OPEN, PrivacyRequest.State.APPROVED)
            seen = permissions.visible_requests(self.actor)
            return page_of(
                self, rows.filter(seen, state__in=waiting), privacy_shape, ordering=("created_at", "id")
            )
        return page_of(self, rows.filter(person_id=self.actor.id), privacy_shape)

    @extend_schema(
        operation_id="privacy_ask",
        request=PrivacyAsked,
        responses={201: PrivacyShape, 400: OpenApiResponse(), 403: OpenApiResponse()},
        tags=["privacy"],
    )
    def post(self, request: Request) -> Response:
        """Ask for a copy, a correction or a deletion. One that is pending is answered as it is."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        asked = PrivacyAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        made = retrying(actions.request_privacy, actor=self.actor, **asked.validated_data)
        return Response(privacy_shape(_requests().get(pk=made.pk)), status=CREATED)


class HeldView(View):
    scopes = {"GET": READ}

    @extend_schema(operation_id="privacy_held", responses={200: HeldShape(many=True)}, tags=["privacy"])
    def get(self, request: Request) -> Response:
        """What is held about oneself, counted by kind."""
        held = privacy.held_about(self.actor.id or 0)
        return Response([{"what": str(line.label), "number": line.number} for line in held])


class PrivacyOneView(View):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="privacy_read", responses={200: PrivacyShape, 404: OpenApiResponse()}, tags=["privacy"]
    )
    def get(self, request: Request, public_id: str) -> Response:
        """One request: one's own, or a confirmed one for those who answer."""
        found = queries.access_request(self.actor, public_id)
        return Response(privacy_shape(_requests().get(pk=found.pk)))


class _PrivacyStep(View):
    """One thing done to a request; the answer is the request."""

    scopes = {"POST": WRITE}

    def done(self, request: Request, action: Any, public_id: str, **fields: Any) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        row = retrying(action, actor=self.actor, request=public_id, **fields)
        return Response(privacy_shape(_requests().get(pk=row.pk)))


class ConfirmView(_PrivacyStep):
    @extend_schema(
        operation_id="privacy_confirm", request=Confirmed, responses={200: PrivacyShape}, tags=["privacy"]
    )
    def post(self, request: Request, public_id: str) -> Response:
        """The second step of a deletion: by one's password, or by the token of the mail."""
        given = Confirmed(data=request.data)
        given.is_valid(raise_exception=True)
        queries.access_request(self.actor, public_id)
        if not ratelimit.consume(request._request, action="reauthenticate", user=request.user):
            raise TooFast(retry_after_ms=60_000)
        return self.done(request, actions.confirm_deletion, public_id, **given.validated_data)


class WithdrawView(_PrivacyStep):
    @extend_schema(
        operation_id="privacy_withdraw", request=None, responses={200: PrivacyShape}, tags=["privacy"]
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Take one's request back before it is done."""
        return self.done(request, actions.withdraw_request, public_id)


class AnswerView(_PrivacyStep):
    @extend_schema(
        operation_id="privacy_answer", request=PrivacyAnswer, responses={200: PrivacyShape}, tags=["privacy"]
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Answer a correction or a deletion: the verification desk and managers."""
        given = PrivacyAnswer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.done(request, actions.decide_request, public_id, **given.validated_data)


# Verification -------------------------------------------------------------------------------------------


class VerificationsView(View):
    scopes = {"GET": CHECK}

    @extend_schema(
        operation_id="verifications_list",
        parameters=[OpenApiParameter("state", str, description="One state; without it what waits.")],
        responses={200: VerificationPage, 403: OpenApiResponse()},
        tags=["verifications"],
    )
    def get(self, request: Request) -> Response:
        """What waits for a decision, the longest waiting first; for the desk and managers."""
        if not permissions.can_handle_privacy(self.actor):
            raise Forbidden()
        state = request.query_params.get("state") or Verification.State.SUBMITTED
        rows = _verifications().filter(permissions.visible_verifications(self.actor), state=state)
        rows = rows.filter(submitted_at__isnull=False)
        return page_of(self, rows, verification_shape, ordering=("submitted_at", "id"))


class VerificationView(View):
    scopes = {"GET": CHECK}

    @extend_schema(
        operation_id="verifications_read",
        responses={200: VerificationShape, 404: OpenApiResponse()},
        tags=["verifications"],
    )
    def get(self, request: Request, public_id: str) -> Response:
        """One application: one's own, or one that was sent in for the desk and managers."""
        found = queries.access_verification(self.actor, public_id)
        return Response(verification_shape(_verifications().get(pk=found.pk)))


class DecideView(View):
    scopes = {"POST": DECIDE}

    @extend_schema(
        operation_id="verifications_decide",
        request=VerificationAnswer,
        responses={
            200: VerificationShape,
            400: OpenApiResponse(),
            403: OpenApiResponse(),
            409: OpenApiResponse(),
        },
        tags=["verifications"],
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Approve, ask again or refuse: members of the verification desk alone."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        given = VerificationAnswer(data=request.data)
        given.is_valid(raise_exception=True)
        row = retrying(
            actions.decide_verification, actor=self.actor, verification=public_id, **given.validated_data
        )
        return Response(verification_shape(_verifications().get(pk=row.pk)))
