from django.urls import path

from accounts import api_requests as api
from accounts import api_staff
from accounts.api import LiveTicketView

app_name = "accounts_api"
urlpatterns = [
    path("live/ticket/", LiveTicketView.as_view(), name="live-ticket"),
    path("privacy/", api.PrivacyView.as_view(), name="privacy"),
    path("privacy/held/", api.HeldView.as_view(), name="held"),
    path("privacy/<str:public_id>/", api.PrivacyOneView.as_view(), name="privacy-one"),
    path("privacy/<str:public_id>/confirm/", api.ConfirmView.as_view(), name="privacy-confirm"),
    path("privacy/<str:public_id>/withdraw/", api.WithdrawView.as_view(), name="privacy-withdraw"),
    path("privacy/<str:public_id>/answer/", api.AnswerView.as_view(), name="privacy-answer"),
    path("staff/", api_staff.StaffList.as_view(), name="staff"),
    path("staff/<str:public_id>/active/", api_staff.StaffActive.as_view(), name="staff-active"),
    path("verifications/", api.VerificationsView.as_view(), name="verifications"),
    path("verifications/<str:public_id>/", api.VerificationView.as_view(), name="verification"),
    path("verifications/<str:public_id>/decide/", api.DecideView.as_view(), name="decide"),
]
