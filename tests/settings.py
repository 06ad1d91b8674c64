"""The project's settings as tests run them: a home of their own, quick passwords, no collected static files.

The database and Redis still come from DATABASE_URL and REDIS_URL: SQLite in memory where neither is given.
"""

import os
from pathlib import Path

os.environ.setdefault("HELPDESK_TESTING", "1")
os.environ.setdefault("HELPDESK_HOME", str(Path(__file__).resolve().parent.parent / "build" / "test-home"))

from helpdesk.settings import *
from helpdesk.settings import STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CHATS_PER_ADDRESS = 0
