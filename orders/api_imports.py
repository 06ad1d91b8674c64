"""JSON doors of files that come in."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View, page_of
from core.errors import Forbidden, Invalid, NotFound, TooLarge
from orders import permissions, queries
from orders.api import READ, WRITE
from orders.api_shapes import (
    ImportIn,
    ImportOut,
    ImportPage,
    ImportRowPage,
    ImportWithRowsOut,
    import_row,
    import_run,
)
from orders.imports.lines import Source, Unreadable
from orders.imports.runner import run_import
from orders.models import Import, ImportRow, Store

MOST_BYTES = 20_000_000
ROWS_SHOWN = 200
OUTCOMES = ("created", "updated", "unchanged", "rejected")
SCOPES = {"GET": "orders:read", "POST": "orders:write"}


class ImportDoor(View):
    """Files are the staff's and the machines' that act for them."""

    scopes = SCOPES

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if not permissions.can_feed(self.actor):
            raise Forbidden()


class ImportList(ImportDoor):
    """Send a file in; look at those that came."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="orders_imports_list",
        tags=["orders"],
        responses={200: ImportPage, 401: READ[401], 403: WRITE[403]},
    )
    def get(self, request: Request) -> Response:
        return page_of(self, queries.visible_imports(self.actor), import_run, ordering="-id")

    @extend_schema(
        tags=["orders"],
        request={"multipart/form-data": ImportIn},
        responses={201: ImportOut, **WRITE, 413: OpenApiResponse(description="too_large")},
    )
    def post(self, request: Request) -> Response:
        """Bring a file of orders into a store. Rejected orders are listed with line and reason, the rest stands."""
        shape = ImportIn(data=request.data)
        shape.is_valid(raise_exception=True)
        upload: UploadedFile = shape.validated_data["file"]
        if (upload.size or 0) > MOST_BYTES:
            words = _("At most %(mb)d MB come in this way; larger files by the command import_orders.")
            raise TooLarge(words % {"mb": MOST_BYTES // 1_000_000})
        store = self._store(shape.validated_data["store"])
        source = Source(cast(BinaryIO, upload.file), upload.name or "")
        try:
            run = run_import(
                actor=self.actor, store=store, source=source, format_code=shape.validated_data["format"]
            )
        except Unreadable as error:
            raise Invalid.field("file", str(error), code="unreadable") from None
        return Response(import_run(run), status=CREATED)

    def _store(self, code: str) -> Store:
        try:
            return queries.access_store(self.actor, code)
        except NotFound:
            codes = ", ".join(queries.visible_stores(self.actor).values_list("code", flat=True))
            words = _("There is no store “%(code)s” here. Stores: %(codes)s.")
            raise Invalid.field(
                "store", words % {"code": code, "codes": codes}, code="unknown_store"
            ) from None


class ImportDetail(ImportDoor):
    """One file and what became of its orders."""

    @extend_schema(tags=["orders"], responses={200: ImportWithRowsOut, **READ})
    def get(self, request: Request, public_id: str) -> Response:
        run = queries.access_import(self.actor, public_id)
        return Response({**import_run(run), "rows": [import_row(row) for row in _first_rows(run)]})


class ImportRows(ImportDoor):
    """What became of each order of a file, in its order."""

    @extend_schema(
        tags=["orders"],
        parameters=[OpenApiParameter("outcome", str, enum=OUTCOMES), OpenApiParameter("cursor", str)],
        responses={200: ImportRowPage, 400: WRITE[400], **READ},
    )
    def get(self, request: Request, public_id: str) -> Response:
        rows = queries.access_import(self.actor, public_id).rows.all()
        if outcome := request.query_params.get("outcome"):
            if outcome not in OUTCOMES:
                raise Invalid.field(
                    "outcome", _("Choose one of: %(names)s.") % {"names": ", ".join(OUTCOMES)}
                )
            rows = rows.filter(outcome=outcome)
        return page_of(self, rows, import_row, ordering=("line", "id"))


def _first_rows(run: Import) -> list[ImportRow]:
    rejected = list(run.rows.filter(outcome="rejected").order_by("line")[:ROWS_SHOWN])
    others = run.rows.exclude(outcome="rejected").order_by("line")[: ROWS_SHOWN - len(rejected)]
    return [*rejected, *others]
