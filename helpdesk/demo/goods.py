"""What the demo shop sells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Good:
    sku: str
    name: str
    price: Decimal
    variants: tuple[str, ...]


ROWS = """
ML-TOTE-01|Harbour canvas tote|34.00|Natural,Indigo,Olive
ML-MUG-02|Mino stoneware mug|19.99|Blue,White,Charcoal
ML-TEA-03|Cast iron teapot 0.6 l|58.50|Black,Rust
ML-BOWL-04|Hasami rice bowl|16.40|Sky,Sand,Ink
ML-KIMO-05|Linen house robe|92.00|Blue / S,Blue / M,Blue / L,Grey / M,Grey / L
ML-SHRT-06|Indigo work shirt|61.96|Blue / S,Blue / M,Blue / L,Blue / XL
ML-SOCK-07|Tabi socks, three pairs|18.00|S,M,L
ML-NOTE-08|Dot grid notebook A5|14.50|Cream,Black
ML-INK-09|Fountain pen ink 50 ml|21.00|Tsuki blue,Matcha,Sumi
ML-BRSH-10|Calligraphy brush set|39.00|Beginner,Studio
ML-LAMP-11|Paper table lamp|74.00|Round,Tall
ML-KNIF-12|Santoku knife 165 mm|118.00|Walnut,Oak
ML-TOWL-13|Tenugui hand towel|12.80|Waves,Hemp leaf,Checks
ML-BAG-14|Roll-top backpack 18 l|89.00|Black,Moss
ML-WALL-15|Veg-tan card wallet|45.00|Tan,Black
ML-INCE-16|Hinoki incense, 40 sticks|15.00|Hinoki,Sandalwood
ML-CUP-17|Glass cold brew carafe|42.00|1.0 l,0.5 l
ML-CASE-18|Felt laptop sleeve|38.00|13 inch,14 inch,16 inch
ML-APRN-19|Cotton kitchen apron|36.50|Navy,Flax
ML-CHOP-20|Lacquer chopsticks, two pairs|24.00|Red / Black,Natural
ML-SOAP-21|Camellia oil soap|11.00|Plain,Yuzu
ML-UMBR-22|Bamboo handle umbrella|52.00|Navy,Forest
ML-BLAN-23|Cotton gauze blanket|79.00|Single,Double
ML-KETL-24|Pour-over kettle|66.00|Steel,Matte black
"""
GOODS = tuple(
    Good(sku, name, Decimal(price), tuple(variants.split(",")))
    for sku, name, price, variants in (row.split("|") for row in ROWS.strip().splitlines())
)
BY_SKU = {good.sku: good for good in GOODS}
