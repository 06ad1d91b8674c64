"""`manage.py add_staff EMAIL NAME --team CODE=ROLE`: a member of staff with a log-in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Membership, Team
from core.errors import DeskError
from helpdesk.management.staff import add_member


class Command(BaseCommand):
    help = "Add a member of staff, or more desks for one who is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = ", ".join(Membership.Role.values)
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument(
            "--team", action="append", required=True, metavar="CODE=ROLE", help=f"roles: {roles}"
        )

    def handle(self, *args: object, **options: Any) -> None:
        teams = dict(text.partition("=")[::2] for text in options["team"])
        unknown = sorted(set(teams) - set(Team.objects.values_list("code", flat=True)))
        if unknown or not set(teams.values()) <= set(Membership.Role.values):
            known = ", ".join(Team.objects.order_by("position").values_list("code", flat=True))
            raise CommandError(f"Give desks as CODE=ROLE. Desks: {known or 'none yet, run set_up'}.")
        try:
            add_member(options["email"], options["name"], teams)
        except DeskError as error:
            raise CommandError(str(error.message)) from None
        self.stdout.write(
            f"{options['email']} chooses a password at /accounts/password/reset/; the code comes by mail."
        )
