"""The contract, to read and to try: OpenAPI 3.1 and its page, which alone gets a wider content policy."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.utils.decorators import method_decorator
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    """The schema; open to everyone, since it says nothing about anyone."""

    authentication_classes = []


@method_decorator(
    csp_replace({"style-src": [SELF, "'unsafe-inline'"], "img-src": [SELF, "data:"]}), name="dispatch"
)
class DocsView(SpectacularSwaggerSplitView):
    """The browsable page: its library writes style attributes, scripts stay strict."""

    authentication_classes = []
    url_name = "api:schema"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the contract describes an API token."""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "`Token hd_…`, made by the command api_token. Its scopes say what it may do."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


class VisitorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the contract describes a visitor of a shop's widget."""

    target_class = "livechat.widget.auth.VisitorAuthentication"
    name = "visitor"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "`Bearer …`: the access that a visitor's token is traded for, good for 15 minutes."
        return {"type": "http", "scheme": "bearer", "description": words}


class VisitorAloneScheme(VisitorScheme):
    """The same at doors that know nobody else."""

    target_class = "livechat.widget.auth.VisitorAlone"
    name = "visitor_alone"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the contract describes a signed-in browser; writes need its CSRF token too."""

    target_class = "accounts.tokens.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "A signed-in browser; writes carry the X-CSRFToken header."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": words}
