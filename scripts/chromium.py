"""Finds the Chromium that the journeys drive; installs Debian's where there is none and we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-inter")
MACS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


class NoChromium(Exception):
    """There is no Chromium and none could be installed; the text says what to do."""


def find() -> str | None:
    """The path of an installed Chromium or Chrome: $CHROMIUM first, then the usual names."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None) or (str(MACS) if MACS.is_file() else None)


def install() -> None:
    """Installs Debian's packages. Raises NoChromium where that is not for us to do, or fails."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NoChromium(
            "No Chromium found. Install one (Debian: apt-get install chromium) or set CHROMIUM to its path."
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(["apt-get", "-q", *arguments], env=quiet, capture_output=True, text=True)
        if done.returncode and arguments[0] == "install":
            raise NoChromium(f"Chromium could not be installed:\n{done.stderr[-1500:]}")


def ensure() -> str:
    """The path of a Chromium, installed first if need be. Raises NoChromium."""
    found = find()
    if found is None:
        install()
        found = find()
    if found is None:
        raise NoChromium(f"CHROMIUM is {os.environ.get('CHROMIUM')!r}, and no program is there.")
    return found


if __name__ == "__main__":
    try:
        print(ensure())
    except NoChromium as error:
        sys.exit(str(error))
