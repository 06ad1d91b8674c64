"""What a list of tickets may be narrowed to."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters

from core.errors import Invalid
from tickets.models import Priority, Status, Ticket


class TicketFilter(filters.FilterSet):
    """`status` and `priority` several times or with commas; `assignee` a public id, `me` or `none`."""

    status = filters.BaseCSVFilter(method="by_status", help_text=f"Of {', '.join(Status.values)}.")
    priority = filters.BaseCSVFilter(method="by_priority", help_text=f"Of {', '.join(Priority.values)}.")
    team = filters.CharFilter(field_name="team__code")
    assignee = filters.CharFilter(method="by_assignee", help_text="A public id, `me` or `none`.")
    order = filters.CharFilter(method="by_order", help_text="`store:number`, or the number alone.")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def by_status(self, rows: QuerySet[Ticket], name: str, value: list[str]) -> QuerySet[Ticket]:
        return self._one_of(rows, name, value, Status.values)

    def by_priority(self, rows: QuerySet[Ticket], name: str, value: list[str]) -> QuerySet[Ticket]:
        return self._one_of(rows, name, value, Priority.values)

    def _one_of(
        self, rows: QuerySet[Ticket], name: str, wanted: list[str], known: list[str]
    ) -> QuerySet[Ticket]:
        chosen = [one for one in wanted if one]
        if unknown := [one for one in chosen if one not in known]:
            words = _("There is no “%(value)s”. Choose of %(known)s.")
            raise Invalid.field(
                name, words % {"value": unknown[0], "known": ", ".join(known)}, code="unknown_choice"
            )
        return rows.filter(**{f"{name}__in": chosen}) if chosen else rows

    def by_assignee(self, rows: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        if value == "none":
            return rows.filter(assignee=None)
        if value == "me":
            return rows.filter(assignee_id=self.request.actor.id)
        return rows.filter(assignee__public_id=value)

    def by_order(self, rows: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        store, colon, number = value.rpartition(":")
        rows = rows.filter(order__number=(number if colon else value).removeprefix("#"))
        return rows.filter(store__code=store) if store else rows
