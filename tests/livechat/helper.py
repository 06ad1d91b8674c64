"""A second process beside a running server: it signs people in and acts directly, one JSON line a command.

Its pushes go to its own in-memory layer, so that nothing it does is announced to the server.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from datetime import timedelta  # noqa: E402
from io import StringIO  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db.models import F  # noqa: E402

from accounts.actions import save_team, set_staff_active  # noqa: E402
from accounts.models import LiveTicket, Person, User  # noqa: E402
from core.actors import SYSTEM  # noqa: E402
from core.clock import now  # noqa: E402
from livechat import actions, queries  # noqa: E402
from livechat.models import Session, SignOfLife  # noqa: E402
from livechat.widget import actions as widget  # noqa: E402
from tests.livechat import world as worlds  # noqa: E402
from tickets import actions as tickets  # noqa: E402
from tickets import queries as ticket_queries  # noqa: E402
from tickets.models import Message, Stream, Ticket  # noqa: E402

World = worlds.World


class Helper:
    """The commands, by name."""

    def __init__(self) -> None:
        self.world: World = worlds.build()

    def session(self, name: str) -> str:
        return self.world.session(name)

    def ticket(self, name: str, session: str | None = None) -> str:
        from accounts.actions import issue_live_ticket

        key = session or self.world.session(name)
        return issue_live_ticket(user=self.world.users[name], session_key=key)

    def sign_out(self, session: str) -> None:
        worlds.SessionStore(session).flush()

    def open(self, name: str) -> dict[str, str]:
        row = tickets.open_ticket(
            actor=self.world.actor(name),
            category="order",
            subject="s",
            body="first",
            order=self.world.order(name),
        )
        return {"ticket": row.public_id, **worlds.streams(row)}

    def say(self, name: str, ticket: str, body: str, kind: str = "reply") -> int:
        return tickets.post_message(
            actor=self.world.actor(name), ticket=ticket, kind=kind, body=body
        ).message.seq

    def log(self, stream: str) -> list[list[Any]]:
        rows = Message.objects.filter(stream__public_id=stream).order_by("seq")
        return [[row.seq, row.kind, row.body, str(row.client_id)] for row in rows]

    def stream(self, stream: str) -> dict[str, Any]:
        row = Stream.objects.get(public_id=stream)
        return {"head": row.last_seq, "epoch": row.epoch, "buyer": row.buyer_read, "agent": row.agent_read}

    def place(self, name: str) -> str:
        return self.world.order(name).public_id

    def chats(self) -> list[list[str]]:
        return [[row.public_id, row.state] for row in Session.objects.order_by("id")]

    def end_chats(self) -> None:
        for row in queries.visible_sessions(SYSTEM).filter(state__in=["waiting", "active"]):
            actions.end_chat(actor=SYSTEM, session=row.public_id)

    def away(self, name: str) -> None:
        """Take a member of staff out of all teams."""
        User.objects.get(pk=self.world.users[name].pk).person.memberships.all().delete()

    def fill(self, stream: str, count: int, body: str) -> int:
        """Very many long messages at once, as if they had been said; the new head."""
        row = Stream.objects.get(public_id=stream)
        at = now()
        Message.objects.bulk_create(
            Message(
                stream=row,
                seq=row.last_seq + n,
                kind="reply",
                verb="message.replied",
                author_kind="buyer",
                body=body,
                data={},
                digest="",
                channel="chat",
                created_at=at,
            )
            for n in range(1, count + 1)
        )
        Stream.objects.filter(pk=row.pk).update(last_seq=row.last_seq + count)
        return row.last_seq + count

    def age_tickets(self, seconds: float) -> None:
        """Every pass for the socket was issued so much earlier."""
        LiveTicket.objects.update(expires_at=F("expires_at") - timedelta(seconds=seconds))

    def new_epochs(self) -> str:
        """As after an old back-up was restored."""
        return call_command("new_epochs", stdout=StringIO()) or ""

    def rename(self, name: str, to: str) -> None:
        """A person calls themselves something else."""
        Person.objects.filter(user=self.world.users[name]).update(name=to)

    def count(self) -> int:
        return Ticket.objects.count()

    def seen(self, ticket: str) -> list[str]:
        return sorted(ticket_queries.streams_of(SYSTEM, Ticket.objects.get(public_id=ticket)))

    def end_access(self, name: str, active: bool = False) -> None:
        """A manager ends somebody's access, or gives it back."""
        person = self.world.users[name].person.public_id
        set_staff_active(actor=self.world.actor("max"), person=person, active=active)

    def site(self) -> dict[str, str]:
        """A shop's page with the widget, on a desk that never closes; and the key that the shop signs with."""
        team = save_team(
            actor=SYSTEM,
            code="webshop",
            name="Web shop",
            calendar_id=self.world.teams["orders"].calendar_id,
            takes_chat=True,
        )
        manager = self.world.actor("max")
        site = widget.save_site(
            actor=manager, key=None, name="Shop", store="us", team=team.code, category="product",
            origins=["https://shop.example"],
        )  # fmt: skip
        secret, key = widget.make_secret(actor=manager, key=site.key)
        return {"key": site.key, "kid": secret.kid, "secret": key}

    def forget_signs(self) -> None:
        """No buyer was heard of lately."""
        SignOfLife.objects.all().delete()

    def presence(self, name: str) -> bool:
        from accounts.models import Presence

        return Presence.objects.filter(person=self.world.users[name].person, last_seen__isnull=False).exists()


def main() -> None:
    helper = Helper()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"ok": getattr(helper, name)(**arguments)}
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
