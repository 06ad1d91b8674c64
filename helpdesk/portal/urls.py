"""The portal's pages."""

from django.urls import path

from helpdesk.portal import views
from helpdesk.portal.views import addresses, guest, returns

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.help_index, name="help"),
    path("help/search/", views.search, name="search"),
    path("help/c/<slug:slug>/", views.category, name="category"),
    path("help/a/<slug:slug>/", views.article, name="article"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:public_id>/", views.order, name="order"),
    path("orders/<str:public_id>/state/", views.order_state, name="order_state"),
    path("orders/<str:public_id>/timeline/", views.order_timeline, name="order_timeline"),
    path("orders/<str:public_id>/promises/", views.order_promises, name="order_promises"),
    path("orders/<str:public_id>/cancel/", views.cancel_order, name="cancel_order"),
    path("orders/<str:public_id>/address/", addresses.of_order, name="order_address"),
    path("orders/<str:public_id>/return/", returns.start, name="start_return"),
    path("orders/<str:public_id>/return/photos/", returns.upload, name="return_upload"),
    path("returns/<str:public_id>/", returns.one, name="return"),
    path("returns/<str:public_id>/state/", returns.state, name="return_state"),
    path("returns/<str:public_id>/withdraw/", returns.withdraw, name="withdraw_return"),
    path("returns/photos/<str:public_id>/", returns.photo, name="return_photo"),
    path("returns/photos/<str:public_id>/remove/", returns.remove_photo, name="return_photo_remove"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets/new/", views.new_ticket, name="new_ticket"),
    path("tickets/<str:public_id>/", views.ticket, name="ticket"),
    path("tickets/<str:public_id>/strip/", views.ticket_strip, name="ticket_strip"),
    path("tickets/<str:public_id>/foot/", views.ticket_foot, name="ticket_foot"),
    path("tickets/<str:public_id>/mail/", views.follow_by_mail, name="ticket_mail"),
    path("g/new/", guest.new_link, name="new_link"),
    path("g/<str:token>/", guest.guest, name="guest"),
    path("g/<str:token>/reply/", guest.guest_reply, name="guest_reply"),
    path("g/<str:token>/status/", guest.guest_status, name="guest_status"),
    path("g/<str:token>/changes/<str:public_id>/", guest.guest_change, name="guest_change"),
    path("g/<str:token>/files/", guest.guest_upload, name="guest_upload"),
    path("g/<str:token>/files/<slug:public_id>/", guest.guest_file, name="guest_file"),
    path("mark/<str:token>/", guest.mark, name="mark"),
    path("chat/", views.chat, name="chat"),
    path("contact/", views.contact, name="contact"),
    path("contact/thanks/", views.thanks, name="thanks"),
    path("account/", views.account, name="account"),
    path("after-sign-in/", views.after_sign_in, name="after_sign_in"),
    path("language/", views.choose_language, name="set_language"),
    path("theme.css", views.theme, name="theme"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
