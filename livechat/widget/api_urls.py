"""Doors of the widget, under /api/v1/: the visitors' and the managers'."""

from django.urls import path

from livechat.widget import api, api_sites

HERE = "widget/<slug:key>/"
urlpatterns = [
    path(HERE, api.DeskView.as_view(), name="widget"),
    path(HERE + "visitors/", api.VisitorsView.as_view(), name="widget-visitors"),
    path(HERE + "access/", api.AccessView.as_view(), name="widget-access"),
    path(HERE + "identify/", api.IdentifyView.as_view(), name="widget-identify"),
    path(HERE + "reset/", api.ResetView.as_view(), name="widget-reset"),
    path(HERE + "talk/", api.TalkView.as_view(), name="widget-talk"),
    path(HERE + "chats/", api.ChatsView.as_view(), name="widget-chats"),
    path(HERE + "tickets/", api.TicketsView.as_view(), name="widget-tickets"),
    path(HERE + "messages/", api.MessagesView.as_view(), name="widget-messages"),
    path(HERE + "end/", api.EndView.as_view(), name="widget-end"),
    path(HERE + "mark/", api.MarkView.as_view(), name="widget-mark"),
    path(HERE + "context/", api.ContextView.as_view(), name="widget-context"),
    path(HERE + "files/", api.FilesView.as_view(), name="widget-files"),
    path(HERE + "files/<slug:public_id>/", api.FileView.as_view(), name="widget-file"),
    path("widget-sites/", api_sites.SitesView.as_view(), name="widget-sites"),
    path("widget-sites/<slug:key>/", api_sites.SiteView.as_view(), name="widget-site"),
    path("widget-sites/<slug:key>/secrets/", api_sites.SecretsView.as_view(), name="widget-secrets"),
    path("widget-sites/<slug:key>/secrets/<slug:kid>/", api_sites.SecretView.as_view(), name="widget-secret"),
]
