from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import appendonly, checks  # noqa: F401

        appendonly.connect()
