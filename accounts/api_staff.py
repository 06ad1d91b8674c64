"""`/api/v1/staff/`: who works here, for managers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import set_staff_active
from accounts.models import Membership, Person
from core.api import View
from core.db import retrying
from core.errors import Forbidden

READ, WRITE = "staff:read", "staff:write"
MOST = 500


class StaffTeamShape(serializers.Serializer[Any]):
    team = serializers.CharField()
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class StaffShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    active = serializers.BooleanField(help_text="False: access has ended.")
    teams = StaffTeamShape(many=True)


class StaffPeople(serializers.Serializer[Any]):
    results = StaffShape(many=True)


class StaffActiveIn(serializers.Serializer[Any]):
    active = serializers.BooleanField()


def shape(person: Person) -> dict[str, Any]:
    """A member of staff as the contract writes it."""
    user = getattr(person, "user", None)
    return {
        "id": person.public_id,
        "name": person.display_name,
        "email": person.email or "",
        "active": user.is_active if user else True,
        "teams": [{"team": row.team.code, "role": row.role} for row in person.memberships.all()],
    }


class StaffView(View):
    scopes = {"GET": READ, "POST": WRITE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_manager:
            raise Forbidden()


class StaffList(StaffView):
    @extend_schema(operation_id="staff_list", responses=StaffPeople, tags=["staff"])
    def get(self, request: Request) -> Response:
        """Everybody who works here, by name; 500 at most."""
        people = Person.objects.filter(kind=Person.Kind.STAFF, erased_at=None).select_related("user")
        rows = people.prefetch_related("memberships__team").order_by("name", "pk")[:MOST]
        return Response({"results": [shape(row) for row in rows]})


class StaffActive(StaffView):
    @extend_schema(operation_id="staff_active", request=StaffActiveIn, responses=StaffShape, tags=["staff"])
    def post(self, request: Request, public_id: str) -> Response:
        """End somebody's access, or give it back. Their open tickets go back to the teams; 409 `own` for oneself."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        asked = StaffActiveIn(data=request.data)
        asked.is_valid(raise_exception=True)
        active = asked.validated_data["active"]
        return Response(shape(retrying(set_staff_active, actor=self.actor, person=public_id, active=active)))
