"""What a person keeps with the shop and asks of it: addresses, to be verified, what is held about them."""

from django.urls import path

from helpdesk.portal.views import addresses, privacy, verification

app_name = "mine"
urlpatterns = [
    path("verification/", verification.page_of, name="verification"),
    path("verification/files/", verification.upload, name="upload"),
    path("verification/files/<str:public_id>/remove/", verification.remove, name="remove"),
    path("verification/withdraw/", verification.withdraw, name="withdraw_verification"),
    path("addresses/", addresses.book, name="addresses"),
    path("addresses/new/", addresses.one, name="new_address"),
    path("addresses/<str:public_id>/", addresses.one, name="address"),
    path("addresses/<str:public_id>/remove/", addresses.remove, name="remove_address"),
    path("addresses/<str:public_id>/default/", addresses.default, name="default_address"),
    path("privacy/", privacy.page_of, name="privacy"),
    path("privacy/<str:public_id>/confirm/", privacy.confirm, name="confirm"),
    path("privacy/<str:public_id>/withdraw/", privacy.withdraw, name="withdraw_request"),
    path("privacy/<str:public_id>/copy/", privacy.copy, name="copy"),
]
