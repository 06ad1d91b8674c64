"""The pages of escalation rules, under /rules/escalation/."""

from __future__ import annotations

from django.urls import path

from helpdesk.rules import escalation_views as views

urlpatterns = [
    path("", views.escalations, name="escalations"),
    path("<slug:code>/", views.escalation, name="escalation"),
    path("<slug:code>/order/", views.order, name="escalation-order"),
    path("<slug:code>/retire/", views.retire, name="escalation-retire"),
    path("<slug:code>/restore/", views.restore, name="escalation-restore"),
    path("<slug:code>/delete/", views.delete, name="escalation-delete"),
]
