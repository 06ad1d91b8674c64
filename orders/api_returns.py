"""JSON doors of returns and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View, money, page_of
from core.db import retrying
from core.errors import Invalid, NotFound
from orders import actions
from orders.actions import Asked, Checked
from orders.api import READ, REF, WRITE, find
from orders.models import Refund, Return, ReturnLine
from orders.permissions import reviews_returns
from orders.return_queries import access_return, refund_clock, returns_of, visible_returns, with_parts

_Shape = serializers.Serializer[Any]
SCOPES = {"GET": "orders:read", "POST": "orders:write"}
REASONS, REFUSALS = ReturnLine.Reason.choices, Return.Refusal.choices
STATE = OpenApiResponse(description="return_state: the step does not fit the state")


class AskedIn(_Shape):
    position = serializers.IntegerField(min_value=0, help_text="Of the order's line, from 1.")
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=REASONS)
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class ReturnIn(_Shape):
    lines = AskedIn(many=True)
    photos = serializers.ListField(child=serializers.CharField(max_length=20), required=False, default=list)
    client_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class PhotoIn(_Shape):
    file = serializers.FileField(allow_empty_file=True)


class PhotoOut(_Shape):
    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class WordsIn(_Shape):
    words = serializers.CharField(max_length=1000)


class RefusalIn(WordsIn):
    reason = serializers.ChoiceField(choices=REFUSALS)


class CheckedIn(_Shape):
    position = serializers.IntegerField(min_value=0)
    arrived = serializers.IntegerField(min_value=0)
    condition = serializers.ChoiceField(choices=ReturnLine.Condition.choices)
    finding = serializers.ChoiceField(choices=REASONS, required=False, default="")
    facts = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class InspectIn(_Shape):
    lines = CheckedIn(many=True)


class AmountIn(_Shape):
    position = serializers.IntegerField(min_value=0)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)


class RefundIn(_Shape):
    lines = AmountIn(many=True)
    currency = serializers.CharField(max_length=3, required=False, default="USD")
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)
    key = serializers.UUIDField(required=False, allow_null=True, default=None)


class ConfirmIn(_Shape):
    refund = serializers.CharField(max_length=20)
    reference = serializers.CharField(max_length=100)


class Money(_Shape):
    amount = serializers.CharField()
    currency = serializers.CharField()


class ReturnLineOut(_Shape):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    variant = serializers.CharField()
    quantity = serializers.IntegerField()
    worth = Money()
    reason = serializers.CharField()
    words = serializers.CharField()
    arrived = serializers.IntegerField(allow_null=True)
    condition = serializers.CharField()


class RefundOut(_Shape):
    id = serializers.CharField()
    amount = Money()
    state = serializers.CharField()
    reference = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class ReturnOut(_Shape):
    id = serializers.CharField()
    order = serializers.CharField(help_text="store:number")
    number = serializers.IntegerField()
    state = serializers.CharField()
    lines = ReturnLineOut(many=True)
    photos = PhotoOut(many=True)
    refunds = RefundOut(many=True)
    refund_due = serializers.DateTimeField(allow_null=True)
    question = serializers.CharField()
    refusal = serializers.CharField()
    applied_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    inspected_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ReturnRow(_Shape):
    id = serializers.CharField()
    order = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    applied_at = serializers.DateTimeField()


class ReturnPage(_Shape):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ReturnRow(many=True)


def state_for(view: View, ret: Return) -> str:
    """A refusal that nobody agreed to is a review to all but the desk."""
    hidden = ret.state == Return.State.REFUSAL_PROPOSED and not reviews_returns(view.actor)
    return Return.State.APPLIED.value if hidden else ret.state


def row(view: View, ret: Return) -> dict[str, Any]:
    """One of a list; needs order and store."""
    return {
        "id": ret.public_id,
        "order": f"{ret.order.store.code}:{ret.order.number}",
        "number": ret.number,
        "state": state_for(view, ret),
        "applied_at": ret.applied_at,
    }


def whole(view: View, ret: Return) -> dict[str, Any]:
    """A return with its parts, which are loaded where they are not yet."""
    clock, told = refund_clock(ret), state_for(view, ret)
    names = ("position", "sku", "name", "variant", "quantity", "reason", "words", "arrived", "condition")
    currency = ret.order.currency
    return {
        **row(view, ret),
        "lines": [
            {**{name: getattr(line, name) for name in names}, "worth": money(line.worth, currency)}
            for line in ret.lines.all()
        ],
        "photos": [photo(one) for one in ret.photos.all()],
        "refunds": [refund(one) for one in ret.refunds.all()],
        "refund_due": clock.due if clock and clock.is_open else None,
        "question": ret.question,
        "refusal": ret.refusal_words if told in ("refused", "refusal_proposed") else "",
        "received_at": ret.received_at,
        "inspected_at": ret.inspected_at,
        "ended_at": ret.ended_at,
    }


def photo(one: Any) -> dict[str, Any]:
    return {"id": one.public_id, "name": one.name, "type": one.content_type, "size": one.size}


def refund(one: Refund) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "amount": money(one.amount, one.currency),
        "state": one.state,
        "reference": one.reference,
        "ordered_at": one.ordered_at,
        "done_at": one.done_at,
    }


class OrderReturns(View):
    """The returns of an order; asking for one."""

    scopes = SCOPES

    @extend_schema(tags=["returns"], parameters=[REF], responses={200: ReturnPage, **READ})
    def get(self, request: Request, ref: str) -> Response:
        found = returns_of(self.actor, find(self, ref))
        return Response({"next": None, "previous": None, "results": [row(self, ret) for ret in found]})

    @extend_schema(
        tags=["returns"],
        parameters=[REF],
        request=ReturnIn,
        responses={
            201: ReturnOut,
            **WRITE,
            409: OpenApiResponse(description="not_returnable: the reason and `instead`"),
        },
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ask to send pieces back. Photographs are sent before, one by one, to `photos/`."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        typed = _read(ReturnIn, request)
        ret = retrying(
            actions.apply_for_return,
            actor=self.actor,
            order_id=find(self, ref).pk,
            lines=[Asked(**one) for one in typed["lines"]],
            photo_ids=typed["photos"],
            client_id=typed["client_id"],
        )
        return Response(whole(self, access_return(self.actor, ret.public_id)), status=CREATED)


class ReturnPhotos(View):
    """A photograph for an application."""

    parser_classes = [MultiPartParser]
    scopes = {"POST": "orders:write"}

    @extend_schema(
        tags=["returns"],
        parameters=[REF],
        request={"multipart/form-data": PhotoIn},
        responses={201: PhotoOut, **WRITE, 413: OpenApiResponse(description="too_large")},
    )
    def post(self, request: Request, ref: str) -> Response:
        upload = _read(PhotoIn, request)["file"]
        kept = actions.store_return_photo(actor=self.actor, order=find(self, ref), upload=upload)
        return Response(photo(kept), status=CREATED)


class ReturnList(View):
    """Returns that the caller may see, newest first."""

    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="returns_list", tags=["returns"], responses={200: ReturnPage, 401: READ[401]})
    def get(self, request: Request) -> Response:
        return page_of(self, visible_returns(self.actor), lambda ret: row(self, ret), ordering="-id")


class ReturnDetail(View):
    """One return."""

    scopes = {"GET": "orders:read"}

    @extend_schema(tags=["returns"], responses={200: ReturnOut, **READ})
    def get(self, request: Request, public_id: str) -> Response:
        ret = with_parts(visible_returns(self.actor)).filter(public_id=public_id).first()
        if ret is None:
            raise NotFound()
        return Response(whole(self, ret))


def _read(shape: type[_Shape], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class Step(View):
    """One step of a return; answers the return as it is then."""

    scopes = {"POST": "orders:write"}

    def post(self, request: Request, public_id: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        access_return(self.actor, public_id)
        self.go(request, public_id)
        return Response(whole(self, access_return(self.actor, public_id)))

    def go(self, request: Request, ret: str) -> None:
        raise NotImplementedError


def _step(name: str, shape: type[_Shape] | None, go: Any) -> type[Step]:
    """A door for a step: its words in the contract, its shape, what it calls."""
    done = {200: ReturnOut, **WRITE, 409: STATE}
    view = type(
        name, (Step,), {"__doc__": go.__doc__, "go": lambda self, request, ret: go(self, request, ret)}
    )
    return extend_schema(tags=["returns"], request=shape, responses=done, description=go.__doc__)(view)  # type: ignore[no-any-return]


def _withdraw(view: View, request: Request, ret: str) -> None:
    """The buyer takes it back, until the goods are with the shop."""
    retrying(actions.withdraw_return, actor=view.actor, ret=ret)


def _ask(view: View, request: Request, ret: str) -> None:
    """Ask the buyer something, on the return's ticket."""
    retrying(actions.ask_about_return, actor=view.actor, ret=ret, words=_read(WordsIn, request)["words"])


def _approve(view: View, request: Request, ret: str) -> None:
    """The buyer may send the goods."""
    retrying(actions.approve_return, actor=view.actor, ret=ret)


def _propose(view: View, request: Request, ret: str) -> None:
    """Propose a refusal; another person must agree before the buyer is told."""
    retrying(actions.propose_refusal, actor=view.actor, ret=ret, **_read(RefusalIn, request))


def _agree(view: View, request: Request, ret: str) -> None:
    """The second person agrees: refused. 403 `same_person` for the one who proposed."""
    retrying(actions.agree_to_refusal, actor=view.actor, ret=ret)


def _decline(view: View, request: Request, ret: str) -> None:
    """Not refused: back to the review, with a reason for the colleague."""
    retrying(actions.decline_refusal, actor=view.actor, ret=ret, words=_read(WordsIn, request)["words"])


def _receive(view: View, request: Request, ret: str) -> None:
    """The goods are here."""
    retrying(actions.receive_goods, actor=view.actor, ret=ret)


def _inspect(view: View, request: Request, ret: str) -> None:
    """What came back, line by line; the refund's time runs from here."""
    lines = [Checked(**one) for one in _read(InspectIn, request)["lines"]]
    retrying(actions.inspect_lines, actor=view.actor, ret=ret, lines=lines)


def _refund(view: View, request: Request, ret: str) -> None:
    """Order money back in USD, by line, to the account that paid. 409 `refund_open` while one is on its way."""
    typed = _read(RefundIn, request)
    lines = typed.pop("lines")
    amounts: dict[int, Decimal] = {one["position"]: one["amount"] for one in lines}
    if len(amounts) != len(lines):
        raise Invalid.field("lines", _("Name every item once."), code="bad_lines")
    retrying(actions.order_refund, actor=view.actor, ret=ret, amounts=amounts, **typed)


def _confirm(view: View, request: Request, ret: str) -> None:
    """A refund was paid by hand: its reference."""
    retrying(actions.mark_refunded, actor=view.actor, **_read(ConfirmIn, request))


STEPS = {
    "withdraw": _step("ReturnWithdraw", None, _withdraw),
    "ask": _step("ReturnAsk", WordsIn, _ask),
    "approve": _step("ReturnApprove", None, _approve),
    "propose-refusal": _step("ReturnProposeRefusal", RefusalIn, _propose),
    "agree-to-refusal": _step("ReturnAgreeToRefusal", None, _agree),
    "decline-refusal": _step("ReturnDeclineRefusal", WordsIn, _decline),
    "receive": _step("ReturnReceive", None, _receive),
    "inspect": _step("ReturnInspect", InspectIn, _inspect),
    "refund": _step("ReturnRefund", RefundIn, _refund),
    "confirm-refund": _step("ReturnConfirmRefund", ConfirmIn, _confirm),
}
