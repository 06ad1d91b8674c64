"""JSON doors of this room, under /api/v1/."""

from django.urls import include, path

from livechat import api, api_streams
from livechat import api_steps as steps

app_name = "livechat_api"
urlpatterns = [
    path("", include("livechat.widget.api_urls")),
    path("chats/", api.ChatsView.as_view(), name="chats"),
    path("chats/<str:chat>/", api.ChatView.as_view(), name="chat"),
    path("chats/<str:chat>/messages/", api.MessagesView.as_view(), name="chat-messages"),
    path("chats/<str:chat>/accept/", api.AcceptView.as_view(), name="chat-accept"),
    path("chats/<str:chat>/end/", api.EndView.as_view(), name="chat-end"),
    path("chats/<str:chat>/decline/", steps.DeclineView.as_view(), name="chat-decline"),
    path("chats/<str:chat>/transfer/", steps.TransferView.as_view(), name="chat-transfer"),
    path("chats/<str:chat>/call-back/", steps.CallBackView.as_view(), name="chat-call-back"),
    path("chats/<str:chat>/join/", steps.JoinView.as_view(), name="chat-join"),
    path("chats/<str:chat>/leave/", steps.LeaveView.as_view(), name="chat-leave"),
    path("chats/<str:chat>/take-over/", steps.TakeOverView.as_view(), name="chat-take-over"),
    path("chats/<str:chat>/wrap-up/", steps.WrapUpView.as_view(), name="chat-wrap-up"),
    path("chats/<str:chat>/again/", steps.AgainView.as_view(), name="chat-again"),
    path("chats/<str:chat>/transcript/", steps.TranscriptView.as_view(), name="chat-transcript"),
    path("presence/", steps.PresenceView.as_view(), name="presence"),
    path("live/events/", api_streams.NewsView.as_view(), name="live-events"),
    path("streams/<str:stream>/events/", api_streams.EventsView.as_view(), name="stream-events"),
    path("streams/<str:stream>/messages/", api_streams.SayView.as_view(), name="stream-messages"),
    path("streams/<str:stream>/read/", api_streams.MarkView.as_view(), name="stream-read"),
    path("streams/<str:stream>/typing/", api_streams.TypingView.as_view(), name="stream-typing"),
    path("service-hours/", api.ServiceHoursView.as_view(), name="service-hours"),
]
