"""What buyers of the demo ask about themselves: to be verified, and to have something corrected."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from accounts import actions
from accounts.models import Person
from accounts.queries import actor_of_person
from helpdesk.demo.house import HOUR, House
from helpdesk.demo.people import Buyer
from helpdesk.demo.timeline import Life

# (desk hours before the present, what the desk says after nine more; blank: it still waits)
APPLICATIONS = ((60, "approve"), (40, "ask_again"), (29, ""), (14, ""), (3, ""))
BUSINESS = (Person.MemberType.WHOLESALER, Person.MemberType.DROPSHIPPER, Person.MemberType.AFFILIATE)


def lives(house: House, buyers: list[Buyer]) -> list[Life]:
    """Five applications, one of them late, and a correction that waits."""
    asking = [buyer.person for buyer in buyers if buyer.person.member_type in BUSINESS]
    found = [
        _application(house, person, house.desk_time(house.present, -hours * HOUR), outcome)
        for person, (hours, outcome) in zip(asking, APPLICATIONS, strict=False)
    ]
    return [*found, _correction(buyers[0].person, house.present - timedelta(days=2))]


def _application(house: House, person: Person, at: datetime, outcome: str) -> Life:
    yield at
    buyer, desk = actor_of_person(person), house.members("verification")[0]
    actions.store_document(actor=buyer, upload=SimpleUploadedFile("registration.jpg", _sheet(person)))
    application = actions.submit_verification(actor=buyer)
    if not outcome:
        return
    yield house.desk_time(at, 9 * HOUR)
    for document in application.documents.all():
        actions.look_at_document(actor=desk, document=document.public_id)
    words = "" if outcome == "approve" else "The lower edge is cut off. Please photograph the whole sheet."
    actions.decide_verification(
        actor=desk, verification=application.public_id, outcome=outcome, reason="unreadable", words=words
    )


def _correction(person: Person, at: datetime) -> Life:
    yield at
    words = "My mobile number has changed: the one that ends in 01 is my old one."
    actions.request_privacy(actor=actor_of_person(person), kind="correct", words=words)


def _sheet(person: Person) -> bytes:
    """A sheet of paper that is nobody's document."""
    image = Image.new("RGB", (840, 540), "#f4f1e8")
    pen = ImageDraw.Draw(image)
    pen.rectangle((24, 24, 816, 516), outline="#0f6b5b", width=4)
    pen.text((60, 60), f"SAMPLE, not a document. {person.public_id}", fill="#1c2430")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
