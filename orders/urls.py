"""Form posts on orders; the pages are the portal's and the console's."""

from django.urls import path

from orders import change_views, views

app_name = "orders"
urlpatterns = [
    path("<str:public_id>/cancel/", views.cancel, name="cancel"),
    path("<str:public_id>/propose/", change_views.propose, name="propose"),
    path("<str:public_id>/note/", change_views.note, name="note"),
    path("<str:public_id>/resend/", change_views.resend, name="resend"),
    path("<str:public_id>/security/clear/", change_views.clear_mark, name="clear_mark"),
    path("changes/<str:public_id>/answer/", change_views.answer, name="answer_change"),
    path("changes/<str:public_id>/withdraw/", change_views.withdraw, name="withdraw_change"),
]
