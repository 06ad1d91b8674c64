"""`/t/…`: what pages post, and the fragments of this room."""

from django.urls import path

from tickets import views

app_name = "tickets"
urlpatterns = [
    path("promise/", views.promise, name="promise"),
    path("files/", views.upload, name="upload"),
    path("files/<slug:public_id>/", views.file, name="file"),
    path("<slug:public_id>/files/", views.upload, name="ticket_upload"),
    path("<slug:public_id>/reply/", views.reply_form, name="reply"),
    path("<slug:public_id>/note/", views.note, name="note"),
    path("<slug:public_id>/status/", views.status, name="status"),
    path("<slug:public_id>/assign/", views.assign, name="assign"),
    path("<slug:public_id>/take/", views.take, name="take"),
    path("<slug:public_id>/priority/", views.priority, name="priority"),
    path("<slug:public_id>/category/", views.category, name="category"),
    path("<slug:public_id>/escalate/", views.escalate, name="escalate"),
    path("<slug:public_id>/answer/", views.answer, name="answer"),
    path("<slug:public_id>/return/", views.return_question, name="return"),
    path("<slug:public_id>/rate/", views.rate, name="rate"),
]
