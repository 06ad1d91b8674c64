"""Addresses of this room's JSON, mounted under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from sla import api, api_calendars, api_policies

app_name = "sla_api"
urlpatterns = [
    path("clocks/", api.ClockList.as_view(), name="clocks"),
    path("clocks/<int:clock_id>/", api.ClockRead.as_view(), name="clock"),
    path("clocks/<int:clock_id>/receipt/", api.ClockReceipt.as_view(), name="receipt"),
    path("calendars/", api_calendars.CalendarList.as_view(), name="calendars"),
    path("calendars/<slug:code>/", api_calendars.CalendarOne.as_view(), name="calendar"),
    path("calendars/<slug:code>/try/", api_calendars.CalendarTry.as_view(), name="calendar_try"),
    path("calendars/<slug:code>/preview/", api_calendars.CalendarPreview.as_view(), name="calendar_preview"),
    path("calendars/<slug:code>/close/", api_calendars.CalendarClose.as_view(), name="calendar_close"),
    path("calendars/<slug:code>/reopen/", api_calendars.CalendarReopen.as_view(), name="calendar_reopen"),
    path(
        "calendars/<slug:code>/versions/", api_calendars.CalendarVersions.as_view(), name="calendar_versions"
    ),
    path("holidays/", api_calendars.HolidayList.as_view(), name="holidays"),
    path("policies/", api_policies.Policies.as_view(), name="policies"),
    path("policies/<slug:code>/", api_policies.PolicyOne.as_view(), name="policy"),
    path("policies/<slug:code>/versions/", api_policies.PolicyVersions.as_view(), name="policy_versions"),
    path("policy-order/", api_policies.PolicyOrder.as_view(), name="policy_order"),
    path("policy-trial/", api_policies.PolicyTry.as_view(), name="policy_trial"),
]
