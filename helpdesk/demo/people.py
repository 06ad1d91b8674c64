"""The demo shop's buyers: sixty people from many places, some with log-ins, some known by their orders alone."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actions import choose_shopper, guest_for, set_member_type, update_profile
from accounts.models import Person
from accounts.queries import actor_of_person
from core.actors import SYSTEM
from helpdesk.demo.house import House
from helpdesk.demo.logins import give_login


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody lives: what an address in Latin letters says."""

    line1: str
    city: str
    region: str
    postcode: str
    country: str
    zone: str


PLACES = {
    "portland": Place("1420 SE Alder St", "Portland", "OR", "97214", "US", "America/Los_Angeles"),
    "boston": Place("88 Commonwealth Ave", "Boston", "MA", "02116", "US", "America/New_York"),
    "austin": Place("2207 E 6th St", "Austin", "TX", "78702", "US", "America/Chicago"),
    "toronto": Place("415 Queen St W", "Toronto", "ON", "M5V 2A5", "CA", "America/Toronto"),
    "london": Place("27 Rivington St", "London", "", "EC2A 3DT", "GB", "Europe/London"),
    "madrid": Place("Calle de Fuencarral 78", "Madrid", "", "28004", "ES", "Europe/Madrid"),
    "berlin": Place("Oranienstrasse 141", "Berlin", "", "10969", "DE", "Europe/Berlin"),
    "paris": Place("12 rue Oberkampf", "Paris", "", "75011", "FR", "Europe/Paris"),
    "warsaw": Place("ul. Mokotowska 46", "Warszawa", "", "00-543", "PL", "Europe/Warsaw"),
    "cairo": Place("19 Talaat Harb St", "Cairo", "", "11511", "EG", "Africa/Cairo"),
    "dubai": Place("Al Wasl Rd 410, Villa 6", "Dubai", "", "", "AE", "Asia/Dubai"),
    "telaviv": Place("31 Rothschild Blvd", "Tel Aviv", "", "6688302", "IL", "Asia/Jerusalem"),
    "lagos": Place("14 Adeola Odeku St", "Lagos", "", "101241", "NG", "Africa/Lagos"),
    "mumbai": Place("5 Hill Road, Bandra West", "Mumbai", "MH", "400050", "IN", "Asia/Kolkata"),
    "shanghai": Place("Wukang Rd 376, Room 502", "Shanghai", "", "200031", "CN", "Asia/Shanghai"),
    "taipei": Place("No. 12, Lane 81, Yongkang St", "Taipei", "", "106", "TW", "Asia/Taipei"),
    "tokyo": Place("3-14-2 Jingumae", "Shibuya-ku", "Tokyo", "150-0001", "JP", "Asia/Tokyo"),
    "seoul": Place("45 Seongsui-ro 7-gil", "Seoul", "", "04784", "KR", "Asia/Seoul"),
    "bangkok": Place("88 Soi Sukhumvit 31", "Bangkok", "", "10110", "TH", "Asia/Bangkok"),
    "sydney": Place("210 Crown St", "Sydney", "NSW", "2010", "AU", "Australia/Sydney"),
    "saopaulo": Place("Rua Augusta 1524", "Sao Paulo", "SP", "01304-001", "BR", "America/Sao_Paulo"),
    "mexico": Place("Av. Alvaro Obregon 130", "Ciudad de Mexico", "", "06700", "MX", "America/Mexico_City"),
}
# name | the part of the address before @ | language | place | member type | company | "guest" without a log-in
ROWS = """
Ana Ruiz|buyer|en|portland|retail||
Aiko Sakamoto|aiko.sakamoto|en|tokyo|retail||
Kwame Mensah|kwame.mensah|en|lagos|dropshipper|Mensah Trading Ltd|
Lucía Fernández de la Vega|lucia.fernandez|es|madrid|retail||
Jonas Brandt|jonas.brandt|en|berlin|retail||
محمد عبد الرحمن الشريف|m.alsharif|en|cairo|wholesaler|Sharif Home Textiles|
ليلى حداد|layla.haddad|en|dubai|affiliate||
נועה כהן|noa.cohen|en|telaviv|retail||
王秀英|wang.xiuying|zh-hans|shanghai|retail||
陈思远|chen.siyuan|zh-hans|shanghai|dropshipper|Siyuan Select|
佐藤 健|sato.ken|en|tokyo|retail||
김서연|kim.seoyeon|en|seoul|retail||
สมชาย วงศ์สวัสดิ์|somchai.w|en|bangkok|affiliate||
Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Maximilian Alexander|hubert.w|en|berlin|retail||
Nguyễn Thị Minh Khai|minhkhai.nguyen|en|sydney|retail||
Zoë Østergård-Ångström|zoe.ostergard|en|berlin|retail||
Priyanka Venkataraman Subramaniam|priyanka.vs|en|mumbai|wholesaler|Subramaniam & Daughters|
Chinonso Okonkwo|chinonso.okonkwo|en|lagos|retail||
María José García Márquez|mj.garcia|es|mexico|retail||
João Pedro Albuquerque|jp.albuquerque|en|saopaulo|dropshipper|Albuquerque Importados|
Siobhán Ní Dhálaigh|siobhan.nid|en|london|retail||
Łukasz Wiśniewski|lukasz.w|en|warsaw|retail||
Emma Thompson-Wright|emma.tw|en|london|retail||
Tyler Jackson|tyler.jackson|en|austin|retail||
Grace O'Malley|grace.omalley|en|boston|retail||
林淑芬|lin.shufen|zh-hans|taipei|retail||
Amélie Dubois|amelie.dubois|en|paris|retail||
Olivier van den Berghe|o.vandenberghe|en|paris|wholesaler|Atelier Berghe|
Hiroshi Tanaka|hiroshi.tanaka|en|tokyo|retail||
Carlos Mendoza Ortiz|carlos.mendoza|es|mexico|wholesaler|Mendoza Hogar SA|
Sara Lindholm|sara.lindholm|en|berlin|affiliate||
Noah Williams|noah.williams|en|toronto|retail||
Olivia Chen|olivia.chen|en|toronto|retail||
Fatima Zahra Benali|fatima.benali|en|paris|retail||
Dmitri Volkov|dmitri.volkov|en|warsaw|retail||
Isabella Rossi|isabella.rossi|en|london|retail||
Ravi Shankar Iyer|ravi.iyer|en|mumbai|dropshipper|Iyer Online Retail|
Chloe Martin|chloe.martin|en|sydney|retail||
Ethan Brooks|ethan.brooks|en|austin|retail||
Yuki Mori|yuki.mori|en|tokyo|affiliate||
Beatriz Souza|beatriz.souza|en|saopaulo|retail||
Samuel Adeyemi|samuel.adeyemi|en|lagos|retail||
Hannah Goldberg|hannah.goldberg|en|boston|retail||
Liam O'Connor|liam.oconnor|en|boston|retail||
Mateo Vargas|mateo.vargas|es|madrid|retail||
Ines Carvalho|ines.carvalho|en|london|retail||
Park Ji-ho|park.jiho|en|seoul|dropshipper|Jiho Commerce|
Zara Khan|zara.khan|en|dubai|wholesaler|Khan Interiors LLC|
Peter Novak|peter.novak|en|berlin|retail||guest
Ruth Abrams|ruth.abrams|en|boston|retail||guest
Daniel Kim|daniel.kim|en|austin|retail||guest
Sophie Laurent|sophie.laurent|en|paris|retail||guest
Miguel Torres|miguel.torres|es|madrid|retail||guest
Anita Desai|anita.desai|en|mumbai|retail||guest
Jack Miller|jack.miller|en|portland|retail||guest
Eleni Papadopoulou|eleni.p|en|berlin|retail||guest
Tomás Silva|tomas.silva|en|saopaulo|retail||guest
Mei Lin Tan|meilin.tan|en|sydney|retail||guest
Astrid Nilsen|astrid.nilsen|en|london|retail||guest
Oscar Wilde-Hughes|oscar.wh|en|toronto|retail||guest
"""
MOBILES = {"buyer": "+14155550101"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """A person with what the orders need of them."""

    person: Person
    place: Place
    code: str

    @property
    def latin(self) -> str:
        """The name as a parcel bears it: addresses use Latin letters."""
        name = self.person.name
        return name if name.isascii() else self.code.replace(".", " ").title()


def build(house: House) -> list[Buyer]:
    """Make the buyers, their log-ins and their personal shoppers."""
    buyers = [_buyer(row.split("|"), house) for row in ROWS.strip().splitlines()]
    shoppers = [house.staff[code] for code in ("agent", "agent2", "lin", "priya")]
    for number, buyer in enumerate(buyers):
        if number == 0 or number % 4 == 1:
            shopper = shoppers[number % len(shoppers)]
            choose_shopper(actor=SYSTEM, buyer_id=buyer.person.pk, shopper_id=shopper.id or 0)
    return buyers


def _buyer(row: list[str], house: House) -> Buyer:
    name, code, language, place_code, member_type, company, guest = row
    domain = "demo.example" if code == "buyer" else "example.com"
    place = PLACES[place_code]
    person = guest_for(
        actor=SYSTEM, email=f"{code}@{domain}", name=name, language=language, timezone=place.zone
    )
    if not guest:
        give_login(person, known=code == "buyer", phone=MOBILES.get(code))
    if company:
        update_profile(
            actor=actor_of_person(person), name=name, language=language, timezone=place.zone, company=company
        )
    set_member_type(actor=SYSTEM, person_id=person.pk, member_type=member_type)
    person.refresh_from_db()
    house.people[person.pk] = actor_of_person(person)
    return Buyer(person, place, code)
