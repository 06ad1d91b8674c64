from __future__ import annotations

from django.urls import include, path

from helpdesk.rules import escalation_views, parcels_views, policies_views, staff_views, views

app_name = "rules"
urlpatterns = [
    path("", views.index, name="index"),
    path("calendars/", views.calendars, name="calendars"),
    path("new-calendar/", views.new, name="new-calendar"),
    path("calendars/<slug:code>/", views.calendar, name="calendar"),
    path("calendars/<slug:code>/close/", views.close, name="close"),
    path("calendars/<slug:code>/reopen/", views.reopen, name="reopen"),
    path("calendars/<slug:code>/delete/", views.delete, name="delete"),
    path("calendars/<slug:code>/versions/", views.versions, name="versions"),
    path("calendars/<slug:code>/apply/", views.apply, name="apply"),
    path("calendars/<slug:code>/log/", views.log, name="log"),
    path("new-policy/", policies_views.new, name="new-policy"),
    path("policies/", include("helpdesk.rules.policies_urls")),
    path("new-escalation/", escalation_views.new, name="new-escalation"),
    path("escalation/", include("helpdesk.rules.escalation_urls")),
    path("parcels/", parcels_views.stores, name="parcels"),
    path("parcels/<slug:code>/", parcels_views.store, name="parcels-store"),
    path("staff/", staff_views.staff_list, name="staff"),
    path("staff/<slug:public_id>/end/", staff_views.end, name="staff-end"),
    path("staff/<slug:public_id>/restore/", staff_views.restore, name="staff-restore"),
]
