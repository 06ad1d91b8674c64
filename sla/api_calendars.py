"""`/api/v1/calendars/` and `/api/v1/holidays/`: the hours of desks and stores, for managers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.api import CREATED, View, page_of
from core.clock import now
from core.db import retrying
from core.errors import Forbidden, Invalid, NotFound
from sla import actions, queries
from sla import api_calendar_shapes as shapes
from sla.drafts import CalendarDraft, edge_warnings
from sla.models import Calendar
from sla.touched import would_end

READ, WRITE = "calendars:read", "calendars:write"
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH)
REFUSED = {400: OpenApiResponse(description="What is wrong, by field; nothing is saved.")}
IN_USE = {409: OpenApiResponse(description="`in_use`: what uses it.")}
MOST_YEARS = 10


class ManagersView(View):
    """A door for managers alone."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_manager:
            raise Forbidden()

    def body(self, form: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        """What was sent, in its shape. Raises the framework's ValidationError."""
        asked = form(data=request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def find(self, code: str) -> Calendar:
        """The calendar of a code; NotFound otherwise."""
        calendar = Calendar.objects.filter(code=code).first()
        if calendar is None:
            raise NotFound()
        return calendar


class CalendarList(ManagersView):
    """All calendars."""

    scopes = {"GET": READ}

    @extend_schema(operation_id="calendars_list", responses=shapes.CalendarPage, tags=["calendars"])
    def get(self, request: Request) -> Response:
        """A page of calendars by code."""
        rows = Calendar.objects.prefetch_related("windows", "holidays", "special_days")
        return page_of(self, rows, shapes.shape, ordering="code")


class CalendarOne(ManagersView):
    """One calendar: read, written whole, taken away."""

    scopes = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        operation_id="calendars_read", parameters=[CODE], responses=shapes.CalendarRead, tags=["calendars"]
    )
    def get(self, request: Request, code: str) -> Response:
        """The calendar, its hours of now and a closing by hand."""
        return Response(shapes.whole(self.find(code)))

    @extend_schema(
        operation_id="calendars_save",
        parameters=[CODE],
        request=shapes.CalendarPut,
        responses={200: shapes.CalendarRead, 201: shapes.CalendarRead, **REFUSED},
        tags=["calendars"],
    )
    def put(self, request: Request, code: str) -> Response:
        """Make or change it. Other hours make a version; running clocks go on under it from now."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        given = self.body(shapes.CalendarPut, request)
        is_new = not Calendar.objects.filter(code=code).exists()
        draft = shapes.draft_from(code, given)
        expected = given.get("version")
        saved = retrying(actions.save_calendar, actor=self.actor, draft=draft, expected_version=expected)
        return Response(shapes.whole(saved), status=CREATED if is_new else 200)

    @extend_schema(
        operation_id="calendars_delete",
        parameters=[CODE],
        responses={204: None, **IN_USE},
        tags=["calendars"],
    )
    def delete(self, request: Request, code: str) -> Response:
        """Take it away, unless something uses it."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        retrying(actions.delete_calendar, actor=self.actor, code=code)
        return Response(status=204)


class CalendarTry(ManagersView):
    """Trying hours before they are saved."""

    scopes = {"POST": READ}

    @extend_schema(
        operation_id="calendars_try",
        parameters=[CODE],
        request=shapes.TryIn,
        responses={200: shapes.TryOut, **REFUSED},
        tags=["calendars"],
    )
    def post(self, request: Request, code: str) -> Response:
        """Is it open at an instant, when next, and when is so much desk time used up, step by step."""
        given = self.body(shapes.TryIn, request)
        saved = Calendar.objects.filter(code=code).first()
        draft = shapes.draft_or_saved(saved, code, given.get("calendar"))
        zone = given.get("zone") or self.actor.timezone
        answer = queries.try_hours(draft, at=given["at"], seconds=given["seconds"], zone=zone)
        return Response(shapes.tried(answer))


class CalendarPreview(ManagersView):
    """What saving would do."""

    scopes = {"POST": READ}

    @extend_schema(
        operation_id="calendars_preview",
        parameters=[CODE],
        request=shapes.CalendarIn,
        responses=shapes.PreviewOut,
        tags=["calendars"],
    )
    def post(self, request: Request, code: str) -> Response:
        """Problems, notices, edges that meet a change of clocks, and which running clocks would move."""
        draft = shapes.draft_from(code, self.body(shapes.CalendarIn, request))
        return Response(_previewed(draft, Calendar.objects.filter(code=code).first()))


def _previewed(draft: CalendarDraft, saved: Calendar | None) -> dict[str, Any]:
    at = now()
    if problems := draft.problems():
        return {"problems": problems, "notices": [], "warnings": [], "effects": None, "ends": {}}
    return {
        "problems": {},
        "notices": draft.notices(),
        "warnings": edge_warnings(draft, at=at),
        "effects": shapes.effects(queries.effects_of(draft, at=at)),
        "ends": would_end(saved.pk, draft.work_calendar(), at) if saved else {},
    }


class CalendarClose(ManagersView):
    """Closing a desk by hand."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="calendars_close",
        parameters=[CODE],
        request=shapes.CloseIn,
        responses={200: shapes.CalendarRead, **REFUSED},
        tags=["calendars"],
    )
    def post(self, request: Request, code: str) -> Response:
        """Close it from now and the notice (10 minutes) on; what is closed stays closed."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        given = {"until": None, "notice_minutes": 10, **self.body(shapes.CloseIn, request)}
        return Response(shapes.whole(retrying(actions.close_desk, actor=self.actor, code=code, **given)))


class CalendarReopen(ManagersView):
    """Opening a desk again."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="calendars_reopen",
        parameters=[CODE],
        request=None,
        responses=shapes.CalendarRead,
        tags=["calendars"],
    )
    def post(self, request: Request, code: str) -> Response:
        """Take back a closing by hand for the time still ahead."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        return Response(shapes.whole(retrying(actions.reopen_desk, actor=self.actor, code=code)))


class CalendarVersions(ManagersView):
    """What a calendar was."""

    scopes = {"GET": READ}
    before = OpenApiParameter("before", int, description="Go on below this number.")

    @extend_schema(
        operation_id="calendars_versions",
        parameters=[CODE, before],
        responses=shapes.VersionsOut,
        tags=["calendars"],
    )
    def get(self, request: Request, code: str) -> Response:
        """Its versions, newest first, and what each changed."""
        before = request.query_params.get("before") or ""
        if before and not (before.isascii() and before.isdigit() and len(before) < 10):
            raise Invalid.field("before", _("A version is a number."))
        told = queries.calendar_versions(self.find(code).pk, before=int(before) if before else None)
        more = told[-1].number if told and told[-1].number > 1 else None
        return Response({"results": [shapes.version(one) for one in told], "before": more})


class HolidayList(ManagersView):
    """Public holidays to choose from."""

    scopes = {"GET": READ}
    country = OpenApiParameter("country", str, required=True, description="US, or US-NY for a part.")
    years = OpenApiParameter("years", str, description="2026,2027; this year and the next if left out.")

    @extend_schema(
        operation_id="holidays_list",
        parameters=[country, years],
        responses={200: shapes.HolidaysOut, **REFUSED},
        tags=["calendars"],
    )
    def get(self, request: Request) -> Response:
        """The holidays of a country in some years; nothing is applied."""
        country = request.query_params.get("country", "")
        found = queries.country_holidays(country, _years(request.query_params.get("years", "")))
        rows = [{"day": day, "name": name} for day, name in found]
        return Response({"country": country, "holidays": rows})


def _years(text: str) -> list[int]:
    if not text:
        this = now().year
        return [this, this + 1]
    parts = text.split(",")
    if len(parts) > MOST_YEARS or not all(
        part.isascii() and part.isdigit() and 1900 <= int(part) <= 2199
        for part in (p.strip()[:5] for p in parts)
    ):
        raise Invalid.field("years", _("Years are written 2026,2027: ten at most, from 1900 to 2199."))
    return sorted({int(part) for part in parts})
