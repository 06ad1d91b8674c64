from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from tickets.numbers import begin_numbers

        post_migrate.connect(begin_numbers, sender=self, dispatch_uid="tickets.numbers")
