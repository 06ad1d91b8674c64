"""JSON doors of proposed changes, notes on an order and goods sent again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View
from core.db import retrying
from orders import actions
from orders.api import READ, REF, WRITE, find
from orders.changes.models import ChangeProposal
from orders.changes.queries import access_proposal, proposals_of

_Shape = serializers.Serializer[Any]
SCOPES = {"GET": "orders:read", "POST": "orders:write"}
OVER = OpenApiResponse(description="proposal_over: answered, withdrawn or too late; nothing was changed")


class ProposeIn(_Shape):
    kind = serializers.ChoiceField(choices=ChangeProposal.Kind.choices)
    words = serializers.CharField(max_length=500, help_text="To the buyer: why.")
    details = serializers.DictField(
        required=False,
        default=dict,
        help_text="address: its fields in Latin letters; refund: `amount`; later: `date`; else empty.",
    )
    answer_by = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ticket = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="The id of the ticket to ask on.",
    )
    client_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class ChangeAnswerIn(_Shape):
    yes = serializers.BooleanField()
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class WrittenIn(_Shape):
    words = serializers.CharField(max_length=2000)


class ProposalOut(_Shape):
    id = serializers.CharField(source="public_id")
    order = serializers.CharField(source="order.number")
    kind = serializers.CharField()
    state = serializers.CharField()
    words = serializers.CharField()
    details = serializers.DictField()
    proposed_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField()
    answer_words = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ProposalPage(_Shape):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ProposalOut(many=True)


class RecordStepOut(_Shape):
    seq = serializers.IntegerField()
    verb = serializers.CharField()
    at = serializers.DateTimeField()


class OrderChanges(View):
    """What the shop asked the buyer about an order."""

    scopes = SCOPES

    @extend_schema(tags=["orders"], parameters=[REF], responses={200: ProposalPage, **READ})
    def get(self, request: Request, ref: str) -> Response:
        """Newest first; all of them."""
        order = find(self, ref)
        rows = [ProposalOut(row).data for row in proposals_of(order).select_related("order")]
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=ProposeIn,
        responses={
            201: ProposalOut,
            **WRITE,
            409: OpenApiResponse(description="not_possible, proposal_open"),
        },
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ask the buyer; nothing is changed before a yes."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        given = _checked(ProposeIn, request)
        given["asked_on"] = given.pop("ticket")
        row = retrying(actions.propose_change, actor=self.actor, order_id=find(self, ref).pk, **given)
        return Response(ProposalOut(row).data, status=CREATED)


class ChangeAnswer(View):
    """The buyer's answer."""

    scopes = {"POST": "orders:write"}

    @extend_schema(tags=["orders"], request=ChangeAnswerIn, responses={200: ProposalOut, **WRITE, 409: OVER})
    def post(self, request: Request, public_id: str) -> Response:
        """Yes acts at once by the rules of this moment; `overtaken` when they no longer allow it."""
        given = _checked(ChangeAnswerIn, request)
        row = retrying(actions.answer_change, actor=self.actor, proposal=public_id, **given)
        return Response(ProposalOut(row).data)


class ChangeWithdraw(View):
    """The shop takes its question back."""

    scopes = {"POST": "orders:write"}

    @extend_schema(tags=["orders"], request=None, responses={200: ProposalOut, **WRITE, 409: OVER})
    def post(self, request: Request, public_id: str) -> Response:
        retrying(actions.withdraw_change, actor=self.actor, proposal=public_id)
        return Response(ProposalOut(access_proposal(self.actor, public_id)).data)


class OrderNote(View):
    """A note in an order's record, for staff alone."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        tags=["orders"], parameters=[REF], request=WrittenIn, responses={201: RecordStepOut, **WRITE}
    )
    def post(self, request: Request, ref: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        words = _checked(WrittenIn, request)["words"]
        row = retrying(actions.note_on_order, actor=self.actor, order_id=find(self, ref).pk, words=words)
        return Response(RecordStepOut(row).data, status=CREATED)


class OrderResend(View):
    """Goods are sent once more; the buyer reads which and why."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=WrittenIn,
        responses={
            201: RecordStepOut,
            **WRITE,
            409: OpenApiResponse(description="not_sent_yet, resent_already"),
        },
    )
    def post(self, request: Request, ref: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        words = _checked(WrittenIn, request)["words"]
        row = retrying(actions.order_resend, actor=self.actor, order_id=find(self, ref).pk, words=words)
        return Response(RecordStepOut(row).data, status=CREATED)


class OrderMarkClear(View):
    """The security mark on the account of an order's buyer goes once somebody has looked."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=WrittenIn,
        responses={201: RecordStepOut, **WRITE, 409: OpenApiResponse(description="not_marked")},
    )
    def post(self, request: Request, ref: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        words = _checked(WrittenIn, request)["words"]
        row = retrying(actions.clear_mark, actor=self.actor, order_id=find(self, ref).pk, words=words)
        return Response(RecordStepOut(row).data, status=CREATED)


def _checked(shape: type[_Shape], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
