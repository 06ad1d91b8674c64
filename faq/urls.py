from django.urls import path

from faq import views

app_name = "faq"
urlpatterns = [
    path("suggest/", views.suggest, name="suggest"),
    path("<slug:slug>/feedback/", views.feedback, name="feedback"),
]
