"""Form posts of this room, mounted at /live/."""

from django.urls import path

from livechat import views

app_name = "livechat"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<str:session>/accept/", views.accept, name="accept"),
    path("<str:session>/end/", views.end, name="end"),
]
