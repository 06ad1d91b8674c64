from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from tickets.numbers import begin_numbers
        from tickets.search_index import lay_index

        post_migrate.connect(begin_numbers, sender=self, dispatch_uid="tickets.numbers")
        post_migrate.connect(lay_index, sender=self, dispatch_uid="tickets.search")
