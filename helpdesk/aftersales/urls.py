from django.urls import path

from helpdesk.aftersales import views

app_name = "aftersales"
urlpatterns = [
    path("", views.index, name="index"),
    path("refunds/<str:public_id>/", views.refund, name="refund"),
    path("refunds/<str:public_id>/do/", views.do_refund, name="do_refund"),
    path("<str:public_id>/", views.one, name="one"),
    path("<str:public_id>/do/", views.do, name="do"),
]
