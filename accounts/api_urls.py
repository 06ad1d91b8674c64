from django.urls import path

from accounts.api import LiveTicketView

app_name = "accounts_api"
urlpatterns = [path("live/ticket/", LiveTicketView.as_view(), name="live-ticket")]
