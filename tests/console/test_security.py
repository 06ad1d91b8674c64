"""The security mark in the order's panel: read by staff, cleared with what was found."""

from __future__ import annotations

from core.clock import now
from orders.models import SecurityMark
from tests.console.conftest import Scene
from tests.console.test_parts import part


def test_the_panel_shows_the_mark_until_somebody_clears_it(scene: Scene) -> None:
    SecurityMark.objects.create(
        person=scene.order.person, order=scene.order, product="<b>mug", orders=3, set_at=now()
    )
    shown = part(scene.agent, f"{scene.page}panes/")
    door = f"/o/{scene.order.public_id}/security/clear/"
    assert (
        'id="security-mark"' in shown
        and "3 orders of &lt;b&gt;mug within 24 hours" in shown
        and door in shown
    )
    assert "mug within" not in scene.customer.get(f"/orders/{scene.order.public_id}/").content.decode()
    assert scene.agent.post(door, {"next": scene.page, "words": "A gift for each guest."}).status_code == 302
    assert 'id="security-mark"' not in part(scene.agent, f"{scene.page}panes/")
