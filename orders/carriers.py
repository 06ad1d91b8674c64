"""Which carrier a parcel is with, by its number, and where it can be followed.

Shapes and check digits as the carriers print them on labels; S10 is the postal union's standard (UPU S10-12). The
feed's own words go first. A number that fits nobody, or whose check digit is wrong, is "Other": a wrong link is
worse than none. Shapes without a check digit stand last, and only those that no other carrier uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from orders.models import Shipment

OTHER = "Other"
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier's name for people and the address of its page, with {} for the number ("" for none)."""

    name: str
    link: str = ""


_DPD = "https://www.dpdgroup.com/nl/mydpd/my-parcels/track?lang=en&parcelNumber={}"
CARRIERS: dict[str, Carrier] = {
    "ups": Carrier("UPS", "https://www.ups.com/track?tracknum={}"),
    "usps": Carrier("USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    "fedex": Carrier("FedEx", "https://www.fedex.com/fedextrack/?trknbr={}"),
    "dhl ecommerce": Carrier(
        "DHL eCommerce", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"
    ),
    "dhl": Carrier("DHL Express", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"),
    "amazon": Carrier("Amazon Logistics"),
    "yamato": Carrier("Yamato", "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id={}"),
    "japan post": Carrier(
        "Japan Post", "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={}&locale=en"
    ),
    "china post": Carrier("China Post", "https://yjcx.ems.com.cn/qps/english/yjcx?mailNum={}"),
    "china ems": Carrier("China EMS", "https://yjcx.ems.com.cn/qps/english/yjcx?mailNum={}"),
    "royal mail": Carrier("Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
    "canada post": Carrier(
        "Canada Post", "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}"
    ),
    "deutsche post": Carrier(
        "Deutsche Post", "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}"
    ),
    "la poste": Carrier("La Poste", "https://www.laposte.fr/outils/suivre-vos-envois?code={}"),
    "australia post": Carrier("Australia Post", "https://auspost.com.au/mypost/track/details/{}"),
    "korea post": Carrier("Korea Post"),
    "singapore post": Carrier("Singapore Post"),
    "hongkong post": Carrier("Hongkong Post"),
    "postnl": Carrier("PostNL"),
    "swiss post": Carrier("Swiss Post", "https://service.post.ch/ekp-web/ui/entry/search/{}"),
    "yanwen": Carrier("Yanwen", "https://track.yw56.com.cn/en/querydel?nums={}"),
    "4px": Carrier("4PX", "https://track.4px.com/#/result/0/{}"),
    "yunexpress": Carrier("YunExpress", "https://www.yuntrack.com/parcelTracking?id={}"),
    "ontrac": Carrier("OnTrac", "https://www.ontrac.com/tracking/?number={}"),
    "lasership": Carrier("LaserShip", "https://www.ontrac.com/tracking/?number={}"),
    "canpar": Carrier("Canpar", "https://www.canpar.com/en/tracking/track.htm?barcode={}"),
    "purolator": Carrier("Purolator", "https://www.purolator.com/en/shipping/tracker?searchValue={}"),
    "dpd": Carrier("DPD", _DPD),
    "gofo": Carrier("GOFO", "https://www.gofoexpress.com/tracking.html?searchID={}"),
    "landmark": Carrier("Landmark Global", "https://track.landmarkglobal.com/?search={}"),
    "spee-dee": Carrier("Spee-Dee", "https://www.speedeedelivery.com/track/?tracking={}"),
    "old dominion": Carrier("Old Dominion"),
    "yodel": Carrier("Yodel", "https://www.yodel.co.uk/tracking/{}"),
}
# A carrier's short name at tracking services, where it is not simply its name with "-" for blanks.
_SLUGS = {
    "dhl-global-mail": "dhl ecommerce",
    "ems": "china ems",
    "china-ems": "china ems",
    "amazon-fba-us": "amazon",
    "yamato-japan": "yamato",
    "taqbin-jp": "yamato",
    "speedee": "spee-dee",
}
# The country that ends an S10 number: who carries it there.
_POSTS = {
    "US": "usps",
    "GB": "royal mail",
    "CA": "canada post",
    "JP": "japan post",
    "CN": "china post",
    "DE": "deutsche post",
    "FR": "la poste",
    "AU": "australia post",
    "KR": "korea post",
    "SG": "singapore post",
    "HK": "hongkong post",
    "NL": "postnl",
    "CH": "swiss post",
}


def _digits(text: str) -> list[int]:
    """Digits as they are; a letter counts as on UPS labels: A is 2, H is 9, I is 0."""
    return [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in text]


def _mod10(evens: int, odds: int) -> Check:
    """The weighted sum of all but the last, brought up to the next ten, is the last."""

    def check(number: str) -> bool:
        *body, last = _digits(number)
        total = sum(digit * (odds if index % 2 else evens) for index, digit in enumerate(body))
        return -total % 10 == last

    return check


def _mod7(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


def _fedex(*weights: int) -> Check:
    def check(number: str) -> bool:
        *body, last = _digits(number[-len(weights) - 1 :])
        return sum(d * w for d, w in zip(body, weights, strict=True)) % 11 % 10 == last

    return check


def _luhn(number: str) -> bool:
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in _digits(number)[-2::-2]]
    return (sum(doubled) + sum(_digits(number)[-1::-2])) % 10 == 0


def s10_is_right(number: str) -> bool:
    """The check digit of a postal number such as RB123456785GB."""
    *body, last = _digits(number[2:11])
    rest = 11 - sum(d * w for d, w in zip(body, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest) == last


def _mod37(number: str) -> bool:
    """ISO 7064, MOD 37,36, as DPD prints it."""
    rest = 36
    for c in number[:-1]:
        rest = (rest + int(c, 36)) % 36 or 36
        rest = rest * 2 % 37
    return (37 - rest) % 36 == int(number[-1], 36)


def _of(pattern: str, code: str, check: Check | None = None) -> tuple[re.Pattern[str], str, Check | None]:
    return re.compile(pattern + r"\Z"), code, check


def _usps_bare(number: str) -> str:
    """Without the postcode that USPS may print before the number: 420, then five or nine digits."""
    for length in (12, 8):
        if number.startswith("420") and len(number) - length in (20, 22, 26, 30):
            return number[length:]
    return number


def _usps(number: str) -> bool:
    """Counted from the right, which is how the 22, 26 and 30 digits of today's numbers agree."""
    bare = _usps_bare(number)
    *body, last = _digits(bare)
    return -sum(d * (1 if i % 2 else 3) for i, d in enumerate(reversed(body))) % 10 == last


def _usps_20(number: str) -> bool:
    """The older 20 digits are counted as they are, or with the 91 that is left out before them."""
    bare = _usps_bare(number)
    return _usps(bare) or _mod10(3, 1)("91" + bare)


SHAPES = (
    _of(r"1Z[0-9A-Z]{15}[0-9]", "ups", lambda n: _mod10(1, 2)(n[2:])),
    _of(r"TB[ACM][0-9]{12}|[AFC][0-9]{10}", "amazon"),
    _of(r"GFUS[0-9]{14}", "gofo"),
    _of(r"LTN[0-9]{8}N1", "landmark"),
    _of(r"YT[0-9]{16}", "yunexpress"),
    _of(r"SP[0-9]{18}", "spee-dee"),
    _of(r"JJ?D[0-9]{16}", "yodel"),
    _of(r"J[A-Z]{2,3}[0-9]{9,10}", "dhl"),
    _of(r"GM[0-9A-Z]{10,20}", "dhl ecommerce"),
    _of(r"L[AIEHNX][1-3][0-9]{7}", "lasership"),
    _of(r"1LS(?:7[12][0-9]{10,11}(?:-1)?|CX[0-9A-Z]{10})", "lasership"),
    _of(r"4PX[0-9]{13}CN|4PX[0-9]{10,16}", "4px"),
    _of(r"(?:UG|UE|UA|UB|UC|VR)[0-9]{9}YP", "yanwen", s10_is_right),
    _of(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", "s10", s10_is_right),
    _of(r"C[0-9]{14}", "ontrac", lambda n: _mod10(1, 2)("4" + n[1:])),
    _of(r"D[0-9]{14}", "ontrac", lambda n: _mod10(1, 2)("5" + n[1:])),
    _of(r"[CDKLSUXZ][0-9]{21}", "canpar"),
    _of(r"[AHJKTV][0-9]{10}", "ups", lambda n: _mod10(1, 2)(n[1:])),
    _of(r"[A-Z]{3}[0-9]{9}", "purolator"),
    _of(r"(?:420[0-9]{5}(?:[0-9]{4})?)?9[1-5][0-9]{20}", "usps", _usps),
    _of(r"(?:420[0-9]{5}(?:[0-9]{4})?)?9[2-5][0-9]{24}(?:[0-9]{4})?", "usps", _usps),
    _of(r"96[0-9]{32}|[0-8][0-9]{33}", "fedex", _fedex(1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)),
    _of(r"3[0-9]{31}", "fedex", lambda n: _fedex(3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)(n[:-4])),
    _of(r"96[0-9]{20}", "fedex", lambda n: _mod10(1, 3)(n[7:])),
    _of(r"[0-9]{27}[0-9A-Z]", "dpd", _mod37),
    _of(r"[0-9]{14}[A-Z]", "dpd", _mod37),
    _of(r"(?:420[0-9]{5}(?:[0-9]{4})?)?[0-9]{20}", "usps", _usps_20),
    _of(r"[0-9]{18}", "fedex", _mod10(3, 1)),
    _of(r"[0-9]{16}", "canada post", _mod10(3, 1)),
    _of(r"[0-9]{15}", "fedex", _mod10(1, 3)),
    _of(r"[0-9]{12}", "fedex", _fedex(3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)),
    _of(r"[0-5][0-9]{11}", "purolator", _luhn),
    _of(r"(?:77[78]|072|780)[0-9]{8}|80[0-9]{9}", "old dominion", _luhn),
    _of(r"[0-9]{10,11}", "dhl", _mod7),
)


def normal(number: str) -> str:
    """A number as it is compared: without blanks, in capitals."""
    return "".join(number.split()).upper()


def possible(number: str) -> Iterator[str]:
    """Every carrier whose shape and check digit fit, the likeliest first."""
    told = normal(number)
    if not told.strip("0"):
        return  # zeros please every sum
    for shape, code, check in SHAPES:
        if shape.match(told) and (check is None or check(told)):
            if code == "s10":
                if post := _POSTS.get(told[-2:]):
                    yield "china ems" if post == "china post" and told[0] == "E" else post
            else:
                yield code


def detect(number: str) -> str:
    """The carrier's code by the number; "" for unknown."""
    return next(possible(number), "")


def name_of(code: str) -> str:
    """A carrier's name for people: "Other" for one that nobody knows."""
    return CARRIERS[code].name if code in CARRIERS else OTHER


def name_of_slug(slug: str) -> str:
    """The name behind a tracking service's short name; the short name itself in words for others."""
    plain = slug.strip().lower()
    code = _SLUGS.get(plain, plain.replace("-", " "))
    return CARRIERS[code].name if code in CARRIERS else plain.replace("-", " ").title()[:60]


def code_of(told: str) -> str:
    """The carrier that a feed names, "" for one that is not known here."""
    plain = told.strip().lower()
    return next((code for code in CARRIERS if plain.startswith(code)), "")


def carrier_of(parcel: Shipment) -> str:
    """The carrier as told, in small letters, else the one whose numbers look like this; "" for unknown."""
    told = parcel.carrier.strip().lower()
    return (code_of(told) or told) if told else detect(parcel.tracking_number)


def name_for(parcel: Shipment) -> str:
    """The parcel's carrier for people: as told, in its known spelling, else by the number; "" for unknown."""
    code = carrier_of(parcel)
    return CARRIERS[code].name if code in CARRIERS else parcel.carrier.strip()


def others_of(parcel: Shipment) -> list[str]:
    """Names of the carriers that a number could also be of, where nobody told whose it is and nothing proves it."""
    if parcel.carrier.strip() or parcel.url:
        return []
    return [name_of(code) for code in dict.fromkeys(possible(parcel.tracking_number))][1:]


def link_of(parcel: Shipment) -> str:
    """Where this parcel can be followed; "" when nobody knows."""
    if parcel.url:
        return parcel.url
    carrier = CARRIERS.get(carrier_of(parcel))
    number = quote(normal(parcel.tracking_number), safe="")
    return carrier.link.format(number) if carrier and carrier.link else ""
