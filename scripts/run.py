"""`make run`: from a fresh clone to a running helpdesk, with nothing but Python installed."""

# Up to the version check this file must be readable by older Pythons: no newer syntax here.
import os
import shutil
import sys

OLDEST = (3, 11)


def find_newer_python():
    """Starts this script again under a new enough Python, or says in one line that there is none."""
    for minor in range(OLDEST[1], OLDEST[1] + 6):
        found = shutil.which("python3.%d" % minor)
        if found:
            os.execv(found, [found] + sys.argv)
    sys.exit(
        "helpdesk needs Python %d.%d or newer; this is %s and no newer one was found."
        % (OLDEST + (sys.version.split()[0],))
    )


if sys.version_info < OLDEST:
    find_newer_python()

import launch  # noqa: E402

if __name__ == "__main__":
    sys.exit(launch.main())
