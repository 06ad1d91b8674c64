from django.urls import path

from helpdesk.console import acts, views

app_name = "console"
urlpatterns = [
    path("", views.index, name="index"),
    path("queue/", views.queue, name="queue"),
    path("search/", views.search, name="search"),
    path("told/", views.told, name="told"),
    path("presence/", views.presence, name="presence"),
    path("t/<int:number>/", views.ticket, name="ticket"),
    path("t/<int:number>/panes/", views.panes, name="panes"),
    path("t/<int:number>/head/", views.head, name="head"),
    path("t/<int:number>/context/", views.context, name="context"),
    path("t/<int:number>/choices/", views.choices, name="choices"),
    path("t/<int:number>/record/", views.record, name="record"),
    path("t/<int:number>/answers/", views.answers, name="answers"),
    path("t/<int:number>/act/<slug:what>/", acts.act, name="act"),
    path("t/<int:number>/merge-preview/", acts.merge_preview, name="merge_preview"),
    path("t/<int:number>/said/<slug:kind>/<int:seq>/", acts.said, name="said"),
    path("t/<int:number>/clocks/", views.clocks, name="clocks"),
    path("t/<int:number>/why/<int:clock_id>/", views.why, name="why"),
]
