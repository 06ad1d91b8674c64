"""How often a door of the portal may be used from one place: `accounts.limits`, under the name it has here."""

from __future__ import annotations

from accounts.limits import WITHIN, slow_down

__all__ = ["WITHIN", "slow_down"]
