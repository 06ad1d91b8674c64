"""A worker that stops for ever in the middle of a closing, with its transaction open, until it is killed.

`python -m tests.livechat.dying_worker N`: says "stuck" once it has written the N-th end and not committed it.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import django

django.setup()

from livechat import actions  # noqa: E402
from livechat.actions import timers  # noqa: E402


def main(at: int) -> None:
    ended = 0
    real = timers.end_as

    def end_as(*arguments: Any, **named: Any) -> bool:
        nonlocal ended
        done = real(*arguments, **named)
        ended += 1
        if ended == at:
            print("stuck", flush=True)
            threading.Event().wait()
        return done

    timers.end_as = end_as
    actions.sweep()


main(int(sys.argv[1]))
