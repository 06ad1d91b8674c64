"""Every address of the product. Rooms bring their own doors; the full pages are helpdesk's."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import demo_mail
from helpdesk.docs import DocsView, SchemaView

api: list[URLPattern | URLResolver] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", include("accounts.api_urls")),
    path("", include("sla.api_urls")),
    path("", include("orders.api_urls")),
    path("", include("faq.api_urls")),
    path("", include("tickets.api_urls")),
    path("", include("livechat.api_urls")),
    path("", include("helpdesk.dashboard.api_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include((api, "api"))),
    path("accounts/", include("allauth.urls")),
    path("demo/mail/", demo_mail, name="demo-mail"),
    path("t/", include("tickets.urls")),
    path("o/", include("orders.urls")),
    path("a/", include("faq.urls")),
    path("live/", include("livechat.urls")),
    path("account/", include("helpdesk.portal.account_urls")),
    path("console/people/", include("helpdesk.people.urls")),
    path("console/returns/", include("helpdesk.aftersales.urls")),
    path("console/macros/", include("helpdesk.macros.urls")),
    path("console/feeds/", include("helpdesk.feeds.urls")),
    path("console/", include("helpdesk.console.urls")),
    path("", include("helpdesk.widget.urls")),
    path("dashboard/", include("helpdesk.dashboard.urls")),
    path("rules/", include("helpdesk.rules.urls")),
    path("", include("helpdesk.portal.urls")),
]

handler400 = "helpdesk.portal.views.bad_request"
handler404 = "helpdesk.portal.views.not_found"
handler500 = "helpdesk.portal.views.server_error"
