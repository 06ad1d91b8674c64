from django.urls import path

from helpdesk.macros import views

app_name = "macros"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.edit, name="new"),
    path("<int:macro_id>/", views.edit, name="edit"),
    path("<int:macro_id>/retire/", views.retire, name="retire"),
]
