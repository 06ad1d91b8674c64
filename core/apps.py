from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from django.core.signals import request_started

        from core import appendonly, checks, db  # noqa: F401

        appendonly.connect()
        request_started.connect(db.drop_ended)
