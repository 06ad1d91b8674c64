from __future__ import annotations

from django.urls import path

from helpdesk.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.page, name="page"),
    path("now/", views.now_part, name="now"),
    path("next/", views.next_part, name="next"),
    path("rows/<slug:what>/", views.rows, name="rows"),
]
