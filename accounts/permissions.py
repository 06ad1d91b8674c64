"""Who sees identity documents and privacy requests, and who decides them. Nothing else decides."""

from __future__ import annotations

from django.db.models import Q

from core.actors import Actor

DESK = "verification"
NOTHING = Q(pk__in=[])


def can_verify(actor: Actor) -> bool:
    """Open documents and decide: members of the verification desk alone. Being a manager is not enough."""
    return actor.is_staff and DESK in actor.team_codes


def can_handle_privacy(actor: Actor) -> bool:
    """Answer privacy requests, and see who waits for verification: the desk, and managers."""
    return actor.is_staff and (DESK in actor.team_codes or actor.is_manager)


def visible_verifications(actor: Actor) -> Q:
    """One's own; for the desk and managers all that were ever sent in. Drafts are their owner's alone.

    To see that somebody applied is not to see their documents: those are for who verifies (`can_verify`).
    """
    if not actor.is_known:
        return NOTHING
    own = Q(person_id=actor.id)
    return own | Q(submitted_at__isnull=False) if can_handle_privacy(actor) else own


def visible_requests(actor: Actor) -> Q:
    """One's own; for those who answer them all that were confirmed."""
    if not actor.is_known:
        return NOTHING
    own = Q(person_id=actor.id)
    return own | Q(confirmed_at__isnull=False) if can_handle_privacy(actor) else own
