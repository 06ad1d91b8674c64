"""Answers: a tree of categories, articles with languages and revisions, what readers made of them."""

from __future__ import annotations

from django.db import models


class Category(models.Model):
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=40, blank=True)
    tint = models.CharField(max_length=10, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    slug = models.SlugField(unique=True, max_length=120)
    category = models.ForeignKey(Category, models.PROTECT, related_name="articles")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    language = models.CharField(max_length=10, default="en")  # of the original
    position = models.PositiveSmallIntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True)
    settled = models.PositiveIntegerField(default=0)  # "yes" marks and tickets that it saved
    saved = models.PositiveIntegerField(default=0)  # of these: tickets that were being written and never sent
    views = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Translation(models.Model):
    """The words of an article in one language. Body is Markdown; it becomes HTML only through the sanitiser."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()
    stale = models.BooleanField(default=False)  # the original has changed since

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="translation_once")]


class Revision(models.Model):
    """What a translation said before and after each edit."""

    translation = models.ForeignKey(Translation, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["translation", "number"], name="revision_once")]


class Feedback(models.Model):
    """Did this answer it? One mark for each reader and article."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="feedback")
    reader = models.CharField(max_length=60)  # the actor's key, or a digest of a visitor's session
    helpful = models.BooleanField()
    saved = models.BooleanField(default=False)  # marked beside a ticket that was not sent then
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "reader"], name="feedback_once")]


class SearchLog(models.Model):
    """What was looked for and how much was found: the gaps are read from here."""

    query = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    found = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)
