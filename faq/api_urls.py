from django.urls import path

from faq import api

urlpatterns = [
    path("faq/", api.TreeView.as_view(), name="faq"),
    path("faq/search/", api.SearchView.as_view(), name="faq-search"),
    path("faq/suggest/", api.SuggestView.as_view(), name="faq-suggest"),
    path("faq/articles/<slug:slug>/", api.ArticleView.as_view(), name="faq-article"),
    path("faq/articles/<slug:slug>/feedback/", api.FeedbackView.as_view(), name="faq-feedback"),
]
