from django.urls import path

from helpdesk.feeds import files, views

app_name = "feeds"
urlpatterns = [
    path("", views.index, name="index"),
    path("files/", files.files, name="files"),
    path("files/template/", files.template, name="file-template"),
    path("files/<str:public_id>/", files.one, name="file"),
    path("files/<str:public_id>/progress/", files.progress, name="file-progress"),
    path("files/<str:public_id>/do/", files.do, name="file-do"),
    path("files/<str:public_id>/rejected/", files.rejected, name="file-rejected"),
    path("files/<str:public_id>/rows/<int:row>/", files.mend, name="file-mend"),
    path("<str:public_id>/", views.one, name="one"),
    path("<str:public_id>/retry/", views.retry, name="retry"),
]
