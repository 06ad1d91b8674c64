from __future__ import annotations

from django.urls import path

from helpdesk.dashboard.api import NowView

urlpatterns = [path("reports/now/", NowView.as_view(), name="reports-now")]
