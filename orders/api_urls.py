"""JSON doors of this room, below /api/v1/."""

from django.urls import path

from orders import api, api_imports

app_name = "orders_api"
urlpatterns = [
    path("orders/", api.OrderList.as_view(), name="orders"),
    path("orders/imports/", api_imports.ImportList.as_view(), name="imports"),
    path("orders/imports/<str:public_id>/", api_imports.ImportDetail.as_view(), name="import"),
    path("orders/imports/<str:public_id>/rows/", api_imports.ImportRows.as_view(), name="import-rows"),
    path("orders/<str:ref>/", api.OrderDetail.as_view(), name="order"),
    path("orders/<str:ref>/record/", api.OrderRecordView.as_view(), name="order-record"),
    path("orders/<str:ref>/cancel/", api.OrderCancel.as_view(), name="order-cancel"),
]
