"""`/api/v1/escalation-rules/`: what escalates by itself, for managers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View
from core.db import retrying
from core.errors import Forbidden
from tickets.actions import rule_keeping as keeping
from tickets.api import KEY, body_of
from tickets.api_doors import once
from tickets.models import EscalationRule
from tickets.queries import rules
from tickets.rule_drafts import FACTS, TARGETS, RuleDraft

READ, WRITE = "policies:read", "policies:write"
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH)
REFUSED = {400: OpenApiResponse(description="What is wrong, by field; nothing is saved.")}
NEWER = {409: OpenApiResponse(description="`conflict`: there is a newer version.")}


class DeedShape(serializers.Serializer[Any]):
    """One thing that a rule does. `to` depends on `act`; a team is `team:<code>`."""

    act = serializers.ChoiceField(choices=list(TARGETS))
    to = serializers.CharField(
        max_length=60, help_text="; ".join(f"{act}: {', '.join(aims)}" for act, aims in TARGETS.items())
    )


class RuleIn(serializers.Serializer[Any]):
    """A rule, whole. `match`: {fact: [values]}; a fact left out matches everything."""

    name = serializers.CharField(max_length=400)
    on = serializers.ChoiceField(choices=EscalationRule.On.values)
    match = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField(), max_length=200),
        required=False,
        help_text=f"By {', '.join(FACTS)}; `score` when rated, `metric` when a promise nears or breaks.",
    )
    acts = DeedShape(many=True)


class RulePut(RuleIn):
    version = serializers.IntegerField(
        required=False, help_text="As it was read: 409 when there is a newer one."
    )


class RuleShape(RuleIn):
    code = serializers.CharField()
    version = serializers.IntegerField()
    active = serializers.BooleanField()
    acted = serializers.IntegerField(help_text="On how many occasions it has acted.")


class RuleList(serializers.Serializer[Any]):
    results = RuleShape(many=True)


class RuleOrderIn(serializers.Serializer[Any]):
    codes = serializers.ListField(child=serializers.CharField(max_length=60), max_length=500)


class RuleActiveIn(serializers.Serializer[Any]):
    active = serializers.BooleanField()


class RuleDeletedShape(serializers.Serializer[Any]):
    retired = serializers.BooleanField()


class RuleTryIn(serializers.Serializer[Any]):
    """An occasion and a ticket's facts by code."""

    on = serializers.ChoiceField(choices=EscalationRule.On.values)
    facts = serializers.DictField(child=serializers.JSONField())
    code = serializers.CharField(required=False, max_length=60, help_text="Of the rule that `rule` is.")
    rule = RuleIn(required=False, help_text="Tried unsaved, in the place of that code or as the last.")


class RuleTriedShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    does = DeedShape(many=True)
    why = serializers.CharField(help_text="Why it leaves the ticket alone; blank when it acts.")


class RuleTryOut(serializers.Serializer[Any]):
    results = RuleTriedShape(many=True)


def shape(rule: EscalationRule) -> dict[str, Any]:
    """A rule as the contract writes it."""
    names = ("code", "name", "on", "match", "acts", "version", "active", "acted")
    return {name: getattr(rule, name) for name in names}


def _draft(code: str, given: dict[str, Any]) -> RuleDraft:
    plain = {name: given[name] for name in ("name", "on", "acts")}
    return RuleDraft.of(code=code, match=given.get("match", {}), **plain)


class RulesView(View):
    """A door for managers alone."""

    scopes = {"GET": READ, "PUT": WRITE, "POST": WRITE, "DELETE": WRITE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_manager:
            raise Forbidden()


class Rules(RulesView):
    @extend_schema(operation_id="escalation_rules_list", responses=RuleList, tags=["escalation rules"])
    def get(self, request: Request) -> Response:
        """Those that act, in order, then the retired ones."""
        found = [*rules.rules_in_order(), *rules.rules_in_order(retired=True)]
        return Response({"results": [shape(one) for one in found]})


class OneRule(RulesView):
    @extend_schema(
        operation_id="escalation_rules_read",
        parameters=[CODE],
        responses=RuleShape,
        tags=["escalation rules"],
    )
    def get(self, request: Request, code: str) -> Response:
        """One rule, retired or not."""
        return Response(shape(rules.rule_named(code)))

    @extend_schema(
        operation_id="escalation_rules_save",
        parameters=[CODE, KEY],
        request=RulePut,
        responses={200: RuleShape, 201: RuleShape, **REFUSED, **NEWER},
        tags=["escalation rules"],
    )
    @once
    def put(self, request: Request, code: str) -> Response:
        """Make or change it; each change leaves a version."""
        given = body_of(RulePut, request)
        is_new = not EscalationRule.objects.filter(code=code).exists()
        expected = given.get("version")
        saved = retrying(
            keeping.save_rule, actor=self.actor, draft=_draft(code, given), expected_version=expected
        )
        return Response(shape(saved), status=CREATED if is_new else 200)

    @extend_schema(
        operation_id="escalation_rules_delete",
        parameters=[CODE],
        responses={200: RuleDeletedShape},
        tags=["escalation rules"],
    )
    def delete(self, request: Request, code: str) -> Response:
        """Take it away; one that has acted is retired, and its versions stay."""
        gone = retrying(keeping.delete_rule, actor=self.actor, code=code)
        return Response({"retired": not gone})


class RuleActive(RulesView):
    @extend_schema(
        operation_id="escalation_rules_activate",
        parameters=[CODE, KEY],
        request=RuleActiveIn,
        responses=RuleShape,
        tags=["escalation rules"],
    )
    @once
    def post(self, request: Request, code: str) -> Response:
        """Retire it, or let it act again, then as the last."""
        wanted = body_of(RuleActiveIn, request)
        return Response(shape(retrying(keeping.set_rule_active, actor=self.actor, code=code, **wanted)))


class RuleOrder(RulesView):
    @extend_schema(
        operation_id="escalation_rules_reorder",
        request=RuleOrderIn,
        parameters=[KEY],
        responses={200: RuleList, **REFUSED},
        tags=["escalation rules"],
    )
    @once
    def post(self, request: Request) -> Response:
        """Every rule that acts, once."""
        rows = retrying(keeping.reorder_rules, actor=self.actor, **body_of(RuleOrderIn, request))
        return Response({"results": [shape(one) for one in rows]})


class RuleTry(RulesView):
    scopes = {"POST": READ}

    @extend_schema(
        operation_id="escalation_rules_try",
        request=RuleTryIn,
        responses={200: RuleTryOut, **REFUSED},
        tags=["escalation rules"],
    )
    def post(self, request: Request) -> Response:
        """What every rule for that occasion would do with such a ticket; nothing is written."""
        given = body_of(RuleTryIn, request)
        draft = _draft(given.get("code", "draft"), given["rule"]) if "rule" in given else None
        if draft is not None:
            draft.check(keeping.known_codes())
        tried = rules.try_rules(on=given["on"], facts=given["facts"], draft=draft)
        names = ("code", "name", "does", "why")
        return Response({"results": [{name: getattr(one, name) for name in names} for one in tried]})
