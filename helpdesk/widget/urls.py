"""The widget's pages: for shops' pages at /widget…, for managers below /rules/widget/."""

from django.urls import path

from helpdesk.widget import demo, sites, views

app_name = "widget"
urlpatterns = [
    path("widget.js", views.loader, name="loader"),
    path("widget/<slug:key>/", views.frame, name="frame"),
    path("rules/widget/", sites.index, name="index"),
    path("rules/widget/new/", sites.new, name="new"),
    path("rules/widget/<slug:key>/", sites.one, name="site"),
    path("rules/widget/<slug:key>/secrets/", sites.new_secret, name="secret"),
    path("rules/widget/<slug:key>/secrets/<slug:kid>/retire/", sites.retire_secret, name="retire-secret"),
    path("demo/shop/", demo.shop, name="demo-shop"),
    path("demo/shop/identity/", demo.identity, name="demo-identity"),
]
