"""What a person asks of the shop about themselves: to be verified, and what is held about them."""

from django.urls import path

from helpdesk.portal.views import privacy, verification

app_name = "mine"
urlpatterns = [
    path("verification/", verification.page_of, name="verification"),
    path("verification/files/", verification.upload, name="upload"),
    path("verification/files/<str:public_id>/remove/", verification.remove, name="remove"),
    path("verification/withdraw/", verification.withdraw, name="withdraw_verification"),
    path("privacy/", privacy.page_of, name="privacy"),
    path("privacy/<str:public_id>/confirm/", privacy.confirm, name="confirm"),
    path("privacy/<str:public_id>/withdraw/", privacy.withdraw, name="withdraw_request"),
    path("privacy/<str:public_id>/copy/", privacy.copy, name="copy"),
]
