"""`/api/v1/policies/`: what is promised and to whom, for managers."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED
from core.db import retrying
from core.errors import Invalid, NotFound
from sla import actions, queries
from sla.api_calendar_shapes import LineShape, VersionsOut, version
from sla.api_calendars import CODE, REFUSED, ManagersView
from sla.models import Calendar, Metric, Policy, PolicyVersion
from sla.policy_drafts import ACTS, MATCH_FIELDS, POLICY_UNITS, PolicyDraft
from sla.queries.policy_order import rows_of
from sla.queries.trying import PromiseTried, Tried

READ, WRITE = "policies:read", "policies:write"
KEPT = {409: OpenApiResponse(description="`conflict`, or `last_resort`: it stays.")}


class LevelShape(serializers.Serializer[Any]):
    """What is done while a broken promise is still owed. `to` depends on `act`; a team is `team:<code>`."""

    after = serializers.IntegerField(help_text="Seconds of desk time past the due time; 0: at once.")
    act = serializers.ChoiceField(choices=list(ACTS))
    to = serializers.CharField(
        max_length=60, help_text="; ".join(f"{a}: {', '.join(t)}" for a, t in ACTS.items())
    )


class TargetShape(serializers.Serializer[Any]):
    """What one metric may take, in its unit."""

    metric = serializers.ChoiceField(choices=Metric.choices)
    amount = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=[str(unit) for unit in POLICY_UNITS], required=False)
    min_amount = serializers.IntegerField(required=False)
    cutoff = serializers.CharField(max_length=8, required=False, help_text="`close` or HH:MM.")
    warn_percent = serializers.IntegerField(required=False)
    levels = LevelShape(many=True, required=False)


class PolicyIn(serializers.Serializer[Any]):
    """A policy, whole. `match`: {field: [codes]}; a field left out matches everything."""

    name = serializers.CharField(max_length=400)
    match = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=100)), required=False
    )
    targets = TargetShape(many=True)


class PolicyPut(PolicyIn):
    version = serializers.IntegerField(
        required=False, help_text="As it was read: 409 when there is a newer one."
    )


class PolicyShape(PolicyIn):
    code = serializers.CharField()
    version = serializers.IntegerField()
    position = serializers.IntegerField()
    active = serializers.BooleanField()


class PolicyList(serializers.Serializer[Any]):
    results = PolicyShape(many=True)


class PolicyOrderIn(serializers.Serializer[Any]):
    codes = serializers.ListField(child=serializers.CharField(max_length=60), max_length=500)


class TicketTryIn(serializers.Serializer[Any]):
    """A ticket to be tried. `facts`: category, priority, channel, member_type, team, store, by code."""

    facts = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=100))
    calendar = serializers.CharField(max_length=60, help_text="The hours that its desk works by.")
    at = serializers.DateTimeField(default_timezone=UTC)
    zone = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="The reader's.")
    code = serializers.CharField(required=False, max_length=60, help_text="Of the policy that `policy` is.")
    policy = PolicyIn(
        required=False, help_text="Tried unsaved, in the place of that code or before the last resort."
    )


class PassedShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()


class LevelTriedShape(LevelShape):
    at = serializers.DateTimeField(allow_null=True)


class PromiseShape(serializers.Serializer[Any]):
    metric = serializers.CharField()
    due = serializers.DateTimeField(allow_null=True)
    warn_at = serializers.DateTimeField(allow_null=True)
    timezone = serializers.CharField()
    levels = LevelTriedShape(many=True)
    lines = LineShape(many=True)


class TicketTryOut(serializers.Serializer[Any]):
    """`policy` is the code of the one that matches; null: none, and nothing is promised."""

    policy = serializers.CharField(allow_null=True)
    passed = PassedShape(many=True)
    promises = PromiseShape(many=True)


class DeletedShape(serializers.Serializer[Any]):
    retired = serializers.BooleanField()


def shape(found: PolicyVersion) -> dict[str, Any]:
    """A policy as the contract writes it."""
    policy = found.policy
    plain = {name: getattr(policy, name) for name in ("code", "name", "version", "position", "active")}
    return {**plain, "match": found.match, "targets": rows_of(found)}


def draft_from(code: str, given: dict[str, Any]) -> PolicyDraft:
    """The draft that a body of `PolicyIn` says."""
    targets = [{**row, "levels": [dict(one) for one in row.get("levels", ())]} for row in given["targets"]]
    return PolicyDraft.of(code=code, name=given["name"], match=given.get("match", {}), targets=targets)


class Policies(ManagersView):
    """All policies in the order in which they are tried."""

    scopes = {"GET": READ}

    @extend_schema(operation_id="policies_list", responses=PolicyList, tags=["policies"])
    def get(self, request: Request) -> Response:
        """Those that are tried, then the retired ones."""
        found = [*queries.policies_in_order(), *queries.policies_in_order(retired=True)]
        return Response({"results": [shape(one) for one in found]})


class PolicyOne(ManagersView):
    """One policy: read, written whole, taken away."""

    scopes = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}

    @extend_schema(operation_id="policies_read", parameters=[CODE], responses=PolicyShape, tags=["policies"])
    def get(self, request: Request, code: str) -> Response:
        """Its current version, retired or not."""
        return Response(shape(queries.policy_named(code)))

    @extend_schema(
        operation_id="policies_save",
        parameters=[CODE],
        request=PolicyPut,
        responses={200: PolicyShape, 201: PolicyShape, **REFUSED, **KEPT},
        tags=["policies"],
    )
    def put(self, request: Request, code: str) -> Response:
        """Make or change it. Other rules make a version; clocks that run keep theirs."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        given = self.body(PolicyPut, request)
        is_new = not Policy.objects.filter(code=code).exists()
        retrying(
            actions.save_policy,
            actor=self.actor,
            draft=draft_from(code, given),
            expected_version=given.get("version"),
        )
        return Response(shape(queries.policy_named(code)), status=CREATED if is_new else 200)

    @extend_schema(
        operation_id="policies_delete",
        parameters=[CODE],
        responses={200: DeletedShape, **KEPT},
        tags=["policies"],
    )
    def delete(self, request: Request, code: str) -> Response:
        """Take it away; one that clocks have counted by is retired, and its versions stay."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        gone = retrying(actions.delete_policy, actor=self.actor, code=code)
        return Response({"retired": not gone})


class PolicyOrder(ManagersView):
    """The order in which policies are tried."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="policies_reorder",
        request=PolicyOrderIn,
        responses={200: PolicyList, **REFUSED},
        tags=["policies"],
    )
    def post(self, request: Request) -> Response:
        """Every active policy once, the last resort at the end."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        codes = self.body(PolicyOrderIn, request)["codes"]
        retrying(actions.reorder_policies, actor=self.actor, codes=codes)
        return Response({"results": [shape(one) for one in queries.policies_in_order()]})


class PolicyTry(ManagersView):
    """Trying a ticket before there is one."""

    scopes = {"POST": READ}

    @extend_schema(
        operation_id="policies_try",
        request=TicketTryIn,
        responses={200: TicketTryOut, **REFUSED},
        tags=["policies"],
    )
    def post(self, request: Request) -> Response:
        """Which policy rules it, why those above do not, and what it is promised, step by step."""
        given = self.body(TicketTryIn, request)
        calendar = Calendar.objects.filter(code=given["calendar"]).first()
        if calendar is None:
            raise NotFound()
        draft = draft_from(given.get("code", "draft"), given["policy"]) if "policy" in given else None
        answer = queries.try_ticket(
            facts={name: given["facts"].get(name, "") for name in MATCH_FIELDS},
            calendars=dict.fromkeys(Metric.values, calendar.pk),
            at=given["at"],
            zone=given.get("zone") or self.actor.timezone,
            draft=draft,
        )
        return Response(_tried(answer))


def _tried(answer: Tried) -> dict[str, Any]:
    passed = [{"code": one.code, "name": one.name, "why": one.why} for one in answer.passed]
    policy = answer.policy.policy.code if answer.policy else None
    return {"policy": policy, "passed": passed, "promises": [_promise(one) for one in answer.promises]}


def _promise(one: PromiseTried) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("metric", "due", "warn_at", "timezone")}
    levels = [{**level.level, "at": level.at} for level in one.levels]
    return {**plain, "levels": levels, "lines": [{"at": row.at, "text": row.text} for row in one.lines]}


class PolicyVersions(ManagersView):
    """What a policy was."""

    scopes = {"GET": READ}
    before = OpenApiParameter("before", int, description="Go on below this number.")

    @extend_schema(
        operation_id="policies_versions", parameters=[CODE, before], responses=VersionsOut, tags=["policies"]
    )
    def get(self, request: Request, code: str) -> Response:
        """Its versions, newest first, and what each changed."""
        policy = queries.policy_named(code).policy
        before = request.query_params.get("before") or ""
        if before and not (before.isascii() and before.isdigit() and len(before) < 10):
            raise Invalid.field("before", _("A version is a number."))
        told = queries.policy_versions(policy, before=int(before) if before else None)
        more = told[-1].number if told and told[-1].number > 1 else None
        return Response({"results": [version(one) for one in told], "before": more})
