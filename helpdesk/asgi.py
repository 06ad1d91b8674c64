"""Pages and the one socket, for daphne."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from livechat import draining, line  # noqa: E402
from livechat.consumers import LiveConsumer  # noqa: E402
from livechat.holding import Holding  # noqa: E402

line.install()
draining.install()
application = ProtocolTypeRouter(
    {
        "http": Holding(pages),  # type: ignore[dict-item]
        "websocket": URLRouter([path("ws/", LiveConsumer.as_asgi())]),  # type: ignore[arg-type]
    }
)
