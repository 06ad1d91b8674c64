"""Somebody writes while nobody is told: `python -m tests.faults.say TICKET COUNT`, by Cy, past all servers."""

from __future__ import annotations

import sys
import time

import django

django.setup()

from accounts.models import User  # noqa: E402
from accounts.queries import actor_for  # noqa: E402
from tickets import actions as tickets  # noqa: E402

ticket, count = sys.argv[1], int(sys.argv[2])
cy = actor_for(User.objects.select_related("person").get(email="cy@shop.example"))
for n in range(count):
    body = f"While you were away the parcel went on; this is line {n}."
    tickets.post_message(actor=cy, ticket=ticket, kind="reply", body=body, sure=True)
    if n % 20 == 19:
        # SQLite is fair to nobody: who waits for its lock looks again within a tenth of a second.
        time.sleep(0.1)
