"""JSON doors of files that the worker brings in: send, match columns, try, run, fetch what was rejected."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View, page_of
from core.clock import now
from core.db import retrying
from core.errors import Forbidden, Invalid, NotFound
from orders import permissions, queries
from orders.actions import import_jobs
from orders.api import READ, WRITE
from orders.api_shapes import ImportOut, ImportPage, Upload, import_run
from orders.imports import states
from orders.imports.columns import MAPPED
from orders.imports.formats import AUTO
from orders.imports.rejected import rejected_lines
from orders.models import Import, Store

_Shape = serializers.Serializer[Any]
SCOPES = {"GET": "orders:read", "POST": "orders:write"}
CONFLICT = OpenApiResponse(description="import_state")


class MappingIn(serializers.CharField):
    """An object of field and column, as JSON text since it comes in a form."""


class ImportJobIn(_Shape):
    store = serializers.CharField(max_length=50)
    file = Upload(allow_empty_file=True)
    format = serializers.CharField(max_length=20, required=False, default=AUTO)
    mapping = MappingIn(required=False, default="", allow_blank=True, max_length=10_000)
    dates = serializers.CharField(max_length=3, required=False, default="", allow_blank=True)
    mends = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class ImportJobOut(ImportOut):
    size = serializers.IntegerField(help_text=_("Bytes."))
    read = serializers.IntegerField(help_text=_("Bytes that are through."))
    mapping = serializers.DictField(child=serializers.CharField(), help_text=_("Field: column."))
    dates = serializers.CharField()
    header = serializers.ListField(child=serializers.CharField())
    checked = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    error = serializers.CharField()
    mends = serializers.CharField(help_text=_("The run whose rejected rows these are."))
    stopped = serializers.BooleanField(
        help_text=_("Nothing has moved for 30 seconds: `run` or `check` asked again goes on where it stands.")
    )


def import_job(run: Import) -> dict[str, Any]:
    """A file and where it stands."""
    names = ("size", "read", "mapping", "dates", "header", "checked", "error")
    return {
        **import_run(run),
        **{name: getattr(run, name) for name in names},
        "mends": run.mends.public_id if run.mends else "",
        "stopped": states.has_stopped(run, now()),
    }


class JobDoor(View):
    """Files are the staff's and the machines' that act for them."""

    scopes = SCOPES
    parser_classes = [JSONParser, MultiPartParser]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if not permissions.can_feed(self.actor):
            raise Forbidden()

    def _again(self, public_id: str) -> Import:
        return queries.access_import(self.actor, public_id)


class JobList(JobDoor):
    """Send a file; look at those that came."""

    @extend_schema(
        operation_id="order_imports_list",
        tags=["orders"],
        responses={200: ImportPage, 401: READ[401], 403: WRITE[403]},
    )
    def get(self, request: Request) -> Response:
        return page_of(self, queries.visible_imports(self.actor), import_run, ordering="-id")

    @extend_schema(
        tags=["orders"],
        request={"multipart/form-data": ImportJobIn},
        responses={201: ImportJobOut, **WRITE, 413: OpenApiResponse(description="too_large")},
    )
    def post(self, request: Request) -> Response:
        """Keep a file as a draft, with its format and the guessed columns. Nothing is brought in yet."""
        shape = ImportJobIn(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        upload: UploadedFile = given["file"]
        mapping = _mapping(given["mapping"])
        run = import_jobs.upload_import(
            actor=self.actor,
            store=self._store(given["store"]),
            file=cast(BinaryIO, upload.file),
            filename=upload.name or "",
            format_code=MAPPED if mapping else given["format"],
            mends=self._again(given["mends"]) if given["mends"] else None,
        )
        if mapping or given["dates"]:
            self._match(run, mapping, given["dates"])
        return Response(import_job(self._again(run.public_id)), status=CREATED)

    def _match(self, run: Import, mapping: dict[str, str], dates: str) -> None:
        try:
            import_jobs.match_columns(
                actor=self.actor,
                run=run.public_id,
                format_code=run.format,
                mapping=mapping or run.mapping,
                dates=dates,
            )
        except Invalid:
            import_jobs.drop_import(actor=self.actor, run=run.public_id)
            raise

    def _store(self, code: str) -> Store:
        try:
            return queries.access_store(self.actor, code)
        except NotFound:
            codes = ", ".join(queries.visible_stores(self.actor).values_list("code", flat=True))
            words = _("There is no store “%(code)s” here. Stores: %(codes)s.") % {
                "code": code,
                "codes": codes,
            }
            raise Invalid.field("store", words, code="unknown_store") from None


def _mapping(raw: str) -> dict[str, str]:
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Invalid.field("mapping", _("Write the columns as a JSON object of field and column."))
    return found


class JobDetail(JobDoor):
    """One file, where it stands, how far it is."""

    @extend_schema(tags=["orders"], responses={200: ImportJobOut, **READ})
    def get(self, request: Request, public_id: str) -> Response:
        return Response(import_job(self._again(public_id)))


class JobCheck(JobDoor):
    """A dry run."""

    @extend_schema(tags=["orders"], request=None, responses={202: ImportJobOut, **WRITE, 409: CONFLICT})
    def post(self, request: Request, public_id: str) -> Response:
        """Let the worker say what would become of the orders; `checked` counts it, nothing is changed."""
        self._again(public_id)
        retrying(import_jobs.try_out, actor=self.actor, run=public_id)
        return Response(import_job(self._again(public_id)), status=202)


class JobRun(JobDoor):
    """The real thing."""

    @extend_schema(tags=["orders"], request=None, responses={202: ImportJobOut, **WRITE, 409: CONFLICT})
    def post(self, request: Request, public_id: str) -> Response:
        """Let the worker bring the orders in. Asked again while it runs, it goes on where it stands."""
        self._again(public_id)
        retrying(import_jobs.start_import, actor=self.actor, run=public_id)
        return Response(import_job(self._again(public_id)), status=202)


class JobRejected(JobDoor):
    """What did not come in, as a file to be mended and sent again."""

    @extend_schema(
        tags=["orders"], responses={(200, "text/csv"): OpenApiTypes.BINARY, 401: READ[401], 404: READ[404]}
    )
    def get(self, request: Request, public_id: str) -> StreamingHttpResponse:
        """CSV with the file's own columns and the reasons; cells that a spreadsheet would compute are guarded."""
        return rejected_file(self._again(public_id))


def rejected_file(run: Import) -> StreamingHttpResponse:
    """The rejected rows as a download."""
    answer = StreamingHttpResponse(rejected_lines(run), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-{run.public_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
