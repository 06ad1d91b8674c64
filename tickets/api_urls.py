from django.urls import path

from tickets import api

app_name = "tickets_api"
urlpatterns = [
    path("tickets/", api.TicketList.as_view(), name="tickets"),
    path("tickets/<int:number>/", api.TicketDetail.as_view(), name="ticket"),
    path("tickets/<int:number>/messages/", api.Messages.as_view(), name="messages"),
    path("tickets/<int:number>/assign/", api.Assign.as_view(), name="assign"),
    path("tickets/<int:number>/status/", api.SetStatus.as_view(), name="status"),
    path("tickets/<int:number>/priority/", api.SetPriority.as_view(), name="priority"),
    path("tickets/<int:number>/escalate/", api.Escalate.as_view(), name="escalate"),
    path("tickets/<int:number>/satisfaction/", api.Rate.as_view(), name="satisfaction"),
]
