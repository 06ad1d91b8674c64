"""Form posts of this room, mounted at /live/."""

from django.urls import path

from livechat import views

app_name = "livechat"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<str:session>/accept/", views.accept, name="accept"),
    path("<str:session>/decline/", views.decline, name="decline"),
    path("<str:session>/end/", views.end, name="end"),
    path("<str:session>/transfer/", views.transfer, name="transfer"),
    path("<str:session>/call-back/", views.call_back, name="call_back"),
    path("<str:session>/join/", views.join, name="join"),
    path("<str:session>/leave/", views.leave, name="leave"),
    path("<str:session>/take-over/", views.take_over, name="take_over"),
    path("<str:session>/wrap-up/", views.wrap_up, name="wrap_up"),
    path("<str:session>/again/", views.again, name="again"),
    path("<str:session>/transcript/", views.transcript, name="transcript"),
]
