"""`/t/…`: what pages post, and the fragments of this room."""

from django.urls import path

from tickets import views
from tickets.views import acts, asking, writing
from tickets.views.files import export

app_name = "tickets"
urlpatterns = [
    path("promise/", views.promise, name="promise"),
    path("files/", views.upload, name="upload"),
    path("files/<slug:public_id>/", views.file, name="file"),
    path("<slug:public_id>/files/", views.upload, name="ticket_upload"),
    path("colleagues/", writing.colleagues, name="colleagues"),
    path("<slug:public_id>/draft/", writing.draft, name="draft"),
    path("<slug:public_id>/send/", writing.send, name="send"),
    path("<slug:public_id>/held/<slug:held>/back/", writing.take_back, name="take_back"),
    path("<slug:public_id>/here/", writing.here, name="here"),
    path("<slug:public_id>/macros/", writing.macros, name="macros"),
    path("<slug:public_id>/macros/<int:macro_id>/", writing.macro, name="macro"),
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
    path("<slug:public_id>/export/", export, name="export"),
    path("<slug:public_id>/tags/", acts.change_tags, name="tags"),
    path("<slug:public_id>/watch/", acts.watch, name="watch"),
    path("<slug:public_id>/copies/", acts.copies, name="copies"),
    path("<slug:public_id>/merge/", acts.merge, name="merge"),
    path("<slug:public_id>/unmerge/", acts.unmerge, name="unmerge"),
    path("<slug:public_id>/split/", acts.split, name="split"),
    path("<slug:public_id>/follow-up/", acts.follow_up, name="follow_up"),
    path("<slug:public_id>/problem/", acts.problem, name="problem"),
    path("<slug:public_id>/spam/", acts.mark_spam, name="spam"),
    path("<slug:public_id>/amend/", acts.amend, name="amend"),
    path("<slug:public_id>/redact/", acts.redact, name="redact"),
    path("<slug:public_id>/hand-over/", acts.hand_over, name="hand_over"),
    path("<slug:public_id>/rate/", views.rate, name="rate"),
    path("<slug:public_id>/escalation/accept/", asking.accept, name="accept_question"),
    path("<slug:public_id>/escalation/ask-back/", asking.ask_back, name="ask_back"),
    path("<slug:public_id>/escalation/tell/", asking.tell_more, name="tell_more"),
    path("<slug:public_id>/escalation/pass-up/", asking.pass_up, name="pass_up"),
    path("<slug:public_id>/article/", asking.article, name="make_article"),
]
