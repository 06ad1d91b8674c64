"""What this room registers below: whose promises verification and privacy requests are."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import PrivacyRequest, Verification
from accounts.queries.requests import PRIVACY, VERIFICATION
from core.actors import Actor
from core.db import locked
from sla import owners
from sla.owners import OwnerLabel

DESK_PAGE = "/console/people/"


def _lock(model: type[Model]) -> Callable[..., bool]:
    def lock(owner_id: int, *, skip_locked: bool = False) -> bool:
        rows = locked(model._default_manager.filter(pk=owner_id), skip_locked=skip_locked)
        return bool(list(rows.values_list("pk", flat=True)))

    return lock


def _verifications(actor: Actor) -> Q:
    seen = Verification.objects.filter(permissions.visible_verifications(actor))
    return Q(owner_id__in=seen.values("pk"))


def _requests(actor: Actor) -> Q:
    seen = PrivacyRequest.objects.filter(permissions.visible_requests(actor))
    return Q(owner_id__in=seen.values("pk"))


def _describe_verifications(ids: list[int]) -> dict[int, OwnerLabel]:
    rows = Verification.objects.filter(pk__in=ids).select_related("person")
    title = _("Verification of %(name)s")
    return {
        row.pk: OwnerLabel(title % {"name": row.person}, f"{DESK_PAGE}v/{row.public_id}/") for row in rows
    }


def _describe_requests(ids: list[int]) -> dict[int, OwnerLabel]:
    rows = PrivacyRequest.objects.filter(pk__in=ids).select_related("person")
    title = _("%(kind)s, %(name)s")
    return {
        row.pk: OwnerLabel(
            title % {"kind": row.get_kind_display(), "name": row.person}, f"{DESK_PAGE}p/{row.public_id}/"
        )
        for row in rows
    }


owners.register(
    VERIFICATION, lock=_lock(Verification), visible_to=_verifications, describe=_describe_verifications
)
owners.register(PRIVACY, lock=_lock(PrivacyRequest), visible_to=_requests, describe=_describe_requests)
