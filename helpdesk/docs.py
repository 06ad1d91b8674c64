"""The contract, to read and to try: OpenAPI 3.1 and its page, which alone gets a wider content policy."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_replace
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    """The schema; open to everyone, since it says nothing about anyone."""


@method_decorator(
    csp_replace({"style-src": [SELF, "'unsafe-inline'"], "img-src": [SELF, "data:"]}), name="dispatch"
)
class DocsView(SpectacularSwaggerSplitView):
    """The browsable page: its library writes style attributes, scripts stay strict."""

    url_name = "api:schema"
