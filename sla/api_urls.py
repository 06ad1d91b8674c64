"""Addresses of this room's JSON, mounted under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from sla import api

app_name = "sla_api"
urlpatterns = [
    path("clocks/", api.ClockList.as_view(), name="clocks"),
    path("clocks/<int:clock_id>/", api.ClockRead.as_view(), name="clock"),
    path("clocks/<int:clock_id>/receipt/", api.ClockReceipt.as_view(), name="receipt"),
]
