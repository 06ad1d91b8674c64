"""The portal's scene serves here too: a buyer with an order and a ticket, a stranger, a visitor."""

from tests.portal.conftest import scene

__all__ = ["scene"]
