"""The words that the generator draws from: names, places, phrases. All invented or far too common to mean anybody.

Telephone numbers come from the ranges that Ofcom keeps for drama (01632 960xxx, 07700 900xxx), addresses of machines
from RFC 5737 and RFC 1918, domains end in `.example` (RFC 2606), postcodes start with ZZ, which no town has.
Refuses nothing; holds constants only.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Adam Amelia Andrew Anna Benjamin Charlotte Claire Daniel David Edward Eleanor Emily Emma George Grace Hannah "
    "Harry Helen Henry Isabella Jack James Jessica John Joseph Julia Karen Laura Lucy Maria Martin Mary Matthew "
    "Michael Nadia Olivia Paul Peter Rachel Robert Ruth Samuel Sarah Simon Sophie Stephen Thomas Victoria William "
    "Yusuf"
)
LAST = _words(
    "Abernant Birchall Copley Dunmore Eastwick Farrow Glaister Hartnoll Inskip Jarrow Kettleby Lomas Marchbank Nettleship "
    "Oakshott Pemble Quarmby Rishworth Stanway Thorsby Ullswick Vennor Wetherell Yardley Zouch Ashgrove Brindle Cawthorn Dalrey "
    "Ellwand Fenby Garside Holmroyd Ibbot Kinsale Larkham Mossop Norcliff Osgood Penhale Roebuck Selwick Tarleton Upjohn Wadlow"
)
FIRM_HEAD = _words(
    "Amber Beacon Cobalt Drift Ember Falcon Granite Harbour Indigo Juniper Kestrel Lantern Meridian Northgate Orchard Pinnacle "
    "Quarry Ridge Saffron Tidewater Umber Vale Willow Yarrow Zenith"
)
FIRM_TAIL = _words(
    "Bakers Joinery Dental Logistics Studios Legal Textiles Robotics Brewing Interiors Freight Publishing Optics Tools "
    "Farms Travel Design Motors Pharmacy Academy"
)
SECTORS = (
    "retail",
    "manufacturing",
    "health",
    "education",
    "transport",
    "law",
    "food",
    "media",
    "agriculture",
    "travel",
)
SIZES = ("1-9", "10-49", "50-249", "250+")
TITLES = (
    "Office manager",
    "Head of IT",
    "Warehouse lead",
    "Accounts clerk",
    "Network engineer",
    "Facilities manager",
    "Finance director",
    "Site supervisor",
    "Owner",
    "Service desk lead",
)
STREETS = (
    "Tanner Row",
    "Mill Lane",
    "Quay Street",
    "Copper Yard",
    "Station Approach",
    "Larch Avenue",
    "Weir Road",
    "Foundry Way",
)
TOWNS = (
    "Aldermouth",
    "Brackwell",
    "Carrowby",
    "Dunsleigh",
    "Eskford",
    "Fallowton",
    "Garnmouth",
    "Helmsbridge",
)
ROLES = ("billing", "delivery", "installation", "support")
CHANNELS = ("form", "phone", "email", "fax")
PRODUCTS = (
    ("LINE-100", "Leased line 100 Mbit/s", "240.00"),
    ("LINE-1000", "Leased line 1 Gbit/s", "610.00"),
    ("HOST-S", "Hosted server, small", "35.00"),
    ("HOST-L", "Hosted server, large", "140.00"),
    ("MAIL-25", "Mail service, 25 boxes", "48.00"),
    ("BACK-1T", "Backup, 1 TB", "29.00"),
    ("ROUTER-A", "Managed router", "18.50"),
    ("FIRE-B", "Managed firewall", "64.00"),
)
EVENTS = (
    ("Northern Network Fair", "2024-05-14", "Brackwell"),
    ("Hosting Days", "2024-10-02", "Eskford"),
    ("Reseller Breakfast", "2025-03-20", "Aldermouth"),
    ("Northern Network Fair", "2025-05-13", "Brackwell"),
    ("Small Business Show", "2025-09-25", "Garnmouth"),
)
BROKERS = (
    ("Fairlist Data", "FL-2210", "2026-12-31"),
    ("Compass Contacts", "CC-0731", "2026-06-30"),
    ("Brightbook Lists", "BB-5518", "2025-03-31"),
)
DEPARTMENTS = ("Sales", "Support", "Finance", "Network operations", "People")
TOPICS = (
    "line down",
    "slow mail",
    "new user",
    "restore",
    "router",
    "password",
    "billing question",
    "move of office",
)
COMPLAINTS = (
    "The line drops every evening around six.",
    "Mail to one customer comes back with a delay notice.",
    "A colleague started on Monday and needs a mailbox.",
    "Please restore last Thursday's copy of the shared folder.",
    "The router shows a red light since the storm.",
)
REPLIES = (
    "We changed the port and watch the line until tomorrow.",
    "The mailbox is made; the first password goes to you by telephone.",
    "The copy of Thursday is back in place.",
    "An engineer will call before the visit.",
)
QUESTIONS = (
    "How soon could a 100 Mbit/s line be ready?",
    "Do you offer backup for a small office?",
    "What does a hosted server cost for six months?",
    "Can we keep our numbers when we move?",
)
REASONS = (
    "moved office",
    "tender published",
    "asked at the stand",
    "grew by half",
    "bought list, hosting interest",
)
AGENCIES = ("Tallymark Reports", "Ledgerlight Checks")
SUMMARIES = (
    "Pays on time.",
    "Two late payments in the last year.",
    "Young company, few records.",
    "Steady accounts.",
)
