"""Form posts on orders; the pages are the portal's and the console's."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [path("<str:public_id>/cancel/", views.cancel, name="cancel")]
