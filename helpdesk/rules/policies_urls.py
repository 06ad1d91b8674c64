"""The policies' pages, under /rules/policies/."""

from __future__ import annotations

from django.urls import path

from helpdesk.rules import policies_views as views

urlpatterns = [
    path("", views.policies, name="policies"),
    path("<slug:code>/", views.policy, name="policy"),
    path("<slug:code>/order/", views.order, name="policy-order"),
    path("<slug:code>/retire/", views.retire, name="policy-retire"),
    path("<slug:code>/restore/", views.restore, name="policy-restore"),
    path("<slug:code>/delete/", views.delete, name="policy-delete"),
]
