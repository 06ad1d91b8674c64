"""A worker process for the ticker's tests: the house's real rounds, and owners of the kind "test"."""

from __future__ import annotations

import django

READY = "the ticker runs"


def main() -> None:
    """Until it is stopped or killed."""
    django.setup()
    from core.worker import Worker
    from tests.sla import kit

    kit.register_owner()
    print(READY, flush=True)
    Worker().run()


if __name__ == "__main__":
    main()
