"""JSON doors of this room, under /api/v1/."""

from django.urls import path

from livechat import api, api_streams

app_name = "livechat_api"
urlpatterns = [
    path("chats/", api.ChatsView.as_view(), name="chats"),
    path("chats/<str:chat>/", api.ChatView.as_view(), name="chat"),
    path("chats/<str:chat>/messages/", api.MessagesView.as_view(), name="chat-messages"),
    path("chats/<str:chat>/accept/", api.AcceptView.as_view(), name="chat-accept"),
    path("chats/<str:chat>/end/", api.EndView.as_view(), name="chat-end"),
    path("live/events/", api_streams.NewsView.as_view(), name="live-events"),
    path("streams/<str:stream>/events/", api_streams.EventsView.as_view(), name="stream-events"),
    path("streams/<str:stream>/messages/", api_streams.SayView.as_view(), name="stream-messages"),
    path("streams/<str:stream>/read/", api_streams.MarkView.as_view(), name="stream-read"),
    path("streams/<str:stream>/typing/", api_streams.TypingView.as_view(), name="stream-typing"),
    path("service-hours/", api.ServiceHoursView.as_view(), name="service-hours"),
]
