"""`manage.py set_up --admin EMAIL --name NAME --store CODE=NAME`: a real shop's first desks and its first person."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from core.actors import SYSTEM
from core.clock import now
from core.errors import DeskError
from faq.demo import load as load_answers
from helpdesk.demo.house import lay_ground
from helpdesk.management.staff import add_member


class Command(BaseCommand):
    help = (
        "Set up a shop without demo data: hours, policies, desks, topics, stores and the first administrator."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--name", required=True, help="the administrator's name")
        parser.add_argument(
            "--store", action="append", required=True, metavar="CODE=NAME", help="may be given more than once"
        )
        parser.add_argument("--answers", action="store_true", help="start with the demo shop's answers")

    def handle(self, *args: object, **options: Any) -> None:
        stores = dict(_store(text) for text in options["store"])
        try:
            with transaction.atomic():
                ground = lay_ground(now(), stores)
                if options["answers"]:
                    load_answers(SYSTEM)
                if not User.objects.filter(email__iexact=options["admin"]).exists():
                    add_member(options["admin"], options["name"], {"managers": "manager"}, admin=True)
        except DeskError as error:
            raise CommandError(str(error.message)) from None
        self.stdout.write(f"{len(ground.teams)} desks and {len(ground.stores)} stores stand.")
        self.stdout.write(
            f"{options['admin']} chooses a password at /accounts/password/reset/; the code comes by mail."
        )


def _store(text: str) -> tuple[str, str]:
    code, sign, name = text.partition("=")
    if not (sign and code.strip() and name.strip()):
        raise CommandError(f"A store is given as CODE=NAME, not {text!r}.")
    return code.strip(), name.strip()
