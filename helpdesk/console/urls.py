from django.urls import path

from helpdesk.console import acts, bulk, flags, lists, palette, views, writing

app_name = "console"
urlpatterns = [
    path("", views.index, name="index"),
    path("queue/", views.queue, name="queue"),
    path("queue/more/", lists.more, name="more"),
    path("views/", lists.menu, name="views"),
    path("views/form/", lists.form, name="view_form"),
    path("views/show/", lists.show, name="view_show"),
    path("views/save/", lists.save, name="view_save"),
    path("views/<int:pk>/drop/", lists.drop, name="view_drop"),
    path("bulk/", bulk.change, name="bulk"),
    path("bulk/choices/", bulk.choices, name="bulk_choices"),
    path("bulk/<slug:public_id>/", bulk.progress, name="bulk_progress"),
    path("bulk/<slug:public_id>/undo/", bulk.undo, name="bulk_undo"),
    path("palette/", palette.palette, name="palette"),
    path("flags/", flags.index, name="flags"),
    path("flags/<int:pk>/", flags.review, name="flag_review"),
    path("search/", views.search, name="search"),
    path("told/", views.told, name="told"),
    path("presence/", views.presence, name="presence"),
    path("sending/", writing.sending, name="sending"),
    path("t/<int:number>/others/", writing.others, name="others"),
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
