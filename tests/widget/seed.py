"""The shop of the widget's journey: `python -m tests.widget.seed PORT` adds its desk, its agent and its site.

Prints one line of JSON: the site's key.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main(port: int) -> dict[str, Any]:
    """After `tests.journeys.seed`; the shop's page is on `localhost`, the helpdesk on 127.0.0.1."""
    from accounts.models import Membership, Person
    from core.actors import SYSTEM
    from helpdesk.demo.widget import NAME
    from livechat.widget.actions import make_secret, save_site
    from tests.factories import make_team

    desk = make_team("webshop", calendar="always", takes_chat=True, name="Web shop")
    Membership.objects.get_or_create(team=desk, person=Person.objects.get(name="Mia Chen"), role="agent")
    site = save_site(
        actor=SYSTEM,
        key=None,
        name=NAME,
        store="us",
        team="webshop",
        category="product",
        origins=[f"http://localhost:{port}"],
    )
    make_secret(actor=SYSTEM, key=site.key)
    return {"key": site.key}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
