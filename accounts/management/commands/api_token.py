"""`manage.py api_token EMAIL [--scope …]`: print one new API token."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.tokens import SCOPES, issue_token


class Command(BaseCommand):
    help = "Print one API token for a log-in. It is shown once; only its digest is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--scope", action="append", default=[], help=f"one of: {', '.join(SCOPES)} (default: all)"
        )
        parser.add_argument("--name", default="", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None or user.person_id is None:
            raise CommandError(f"no confirmed log-in has the address {options['email']}")
        try:
            token = issue_token(user=user, scopes=options["scope"] or list(SCOPES), name=options["name"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(token)
