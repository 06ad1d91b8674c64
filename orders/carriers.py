"""Where a parcel can be followed. The feed's own link goes first; a carrier is taken at its word."""

from __future__ import annotations

import re
from urllib.parse import quote

from orders.models import Shipment

LINKS = {
    "ups": "https://www.ups.com/track?tracknum={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "yamato": "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id={}",
    "japan post": "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={}&locale=en",
    "canada post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    "royal mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
}
# Only shapes that no other carrier uses: a wrong link is worse than none.
SHAPES = ((re.compile(r"1Z[0-9A-Z]{16}\Z"), "ups"), (re.compile(r"9[1-5]\d{20}\Z"), "usps"))


def carrier_of(parcel: Shipment) -> str:
    """The carrier as told, in small letters, else the one whose numbers look like this; "" for unknown."""
    told = parcel.carrier.strip().lower()
    if told:
        return next((name for name in LINKS if told.startswith(name)), told)
    return next((name for shape, name in SHAPES if shape.match(parcel.tracking_number.upper())), "")


def link_of(parcel: Shipment) -> str:
    """Where this parcel can be followed; "" when nobody knows."""
    if parcel.url:
        return parcel.url
    template = LINKS.get(carrier_of(parcel))
    return template.format(quote(parcel.tracking_number, safe="")) if template else ""
