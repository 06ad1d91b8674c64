"""JSON doors of this room, under /api/v1/."""

from django.urls import path

from livechat import api

app_name = "livechat_api"
urlpatterns = [
    path("chats/", api.ChatsView.as_view(), name="chats"),
    path("chats/<str:chat>/", api.ChatView.as_view(), name="chat"),
    path("chats/<str:chat>/messages/", api.MessagesView.as_view(), name="chat-messages"),
    path("chats/<str:chat>/accept/", api.AcceptView.as_view(), name="chat-accept"),
    path("chats/<str:chat>/end/", api.EndView.as_view(), name="chat-end"),
    path("service-hours/", api.ServiceHoursView.as_view(), name="service-hours"),
]
