from django.urls import path

from helpdesk.people import views

app_name = "people"
urlpatterns = [
    path("", views.index, name="index"),
    path("v/<str:public_id>/", views.verification, name="verification"),
    path("v/<str:public_id>/decide/", views.decide_verification, name="decide_verification"),
    path("p/<str:public_id>/", views.asked, name="request"),
    path("p/<str:public_id>/decide/", views.decide_request, name="decide_request"),
    path("documents/<str:public_id>/", views.document, name="document"),
]
