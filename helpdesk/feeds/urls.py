from django.urls import path

from helpdesk.feeds import views

app_name = "feeds"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:public_id>/", views.one, name="one"),
    path("<str:public_id>/retry/", views.retry, name="retry"),
]
