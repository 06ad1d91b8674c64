from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HelpdeskConfig(AppConfig):
    name = "helpdesk"

    def ready(self) -> None:
        # Each room's registrations: owners, topics, subscribers, outbox handlers, rounds of the worker,
        # what is held about persons.
        autodiscover_modules("wiring", "subscribers", "jobs", "privacy")
