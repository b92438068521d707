"""What stands at the clients': kinds of equipment, their makers and models, and the trees they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of equipment: prefixes of inventory numbers (Cyrillic, Latin) and (maker, model) pairs."""

    name: str
    prefixes: tuple[str, str]
    models: tuple[tuple[str, str], ...]
    skill: str


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("cash desk", ("МЕСТО", "DESK"), (("", ""),), "retail"),
        Kind(
            "cash register",
            ("КАС", "POS"),
            (("Атол", "91Ф"), ("Эвотор", "7.3"), ("Штрих-М", "РР-03Ф"), ("Casio", "SE-S400"), ("NCR", "RealPOS 82")),
            "retail",
        ),
        Kind(
            "receipt printer",
            ("ЧЕК", "RCP"),
            (("Epson", "TM-T20III"), ("Star", "TSP143"), ("Bixolon", "SRP-350")),
            "retail",
        ),
        Kind("barcode scanner", ("СКН", "SCN"), (("Honeywell", "Voyager 1450g"), ("Zebra", "DS2208")), "retail"),
        Kind("label printer", ("ЭТК", "LBL"), (("Zebra", "ZD421"), ("TSC", "TE200"), ("Godex", "G500")), "retail"),
        Kind(
            "scales", ("ВЕС", "SCL"), (("CAS", "CL5000J"), ("Mettler Toledo", "bPlus"), ("Масса-К", "ТВ-S")), "retail"
        ),
        Kind("MFP", ("МФУ", "MFP"), (("Kyocera", "M2040dn"), ("Xerox", "B305"), ("HP", "M428fdn")), "print"),
        Kind(
            "server", ("СРВ", "SRV"), (("Dell", "PowerEdge R650"), ("HPE", "ProLiant DL380"), ("Yadro", "Vegman")), "it"
        ),
        Kind("disk", ("ДСК", "DSK"), (("Seagate", "Exos 7E10"), ("WD", "Gold 4TB"), ("Samsung", "PM893")), "it"),
        Kind(
            "UPS", ("ИБП", "UPS"), (("APC", "Smart-UPS 1500"), ("Eaton", "5P 1550i"), ("Ippon", "Innova RT")), "power"
        ),
        Kind("switch", ("КОМ", "SWT"), (("Cisco", "C9200L"), ("MikroTik", "CRS326"), ("Eltex", "MES2324")), "it"),
        Kind("lift", ("ЛФТ", "LFT"), (("Otis", "Gen2"), ("KONE", "MonoSpace 500"), ("ЩЛЗ", "ПП-0411Щ")), "lifts"),
        Kind("lift drive", ("ПРВ", "DRV"), (("KONE", "EcoDisc"), ("Otis", "ReGen")), "lifts"),
        Kind("EV station", ("СТА", "EVS"), (("ABB", "Terra 54"), ("Circontrol", "Raption 50")), "power"),
        Kind("EV charger", ("ЭЗС", "EVC"), (("ABB", "Terra AC"), ("Wallbox", "Pulsar Plus")), "power"),
    )
}

Tree = tuple[str, tuple[str, ...]]  # a unit and its parts

# What a client of a trade has, each tree as often as it stands here.
TRADES: Mapping[str, tuple[Tree, ...]] = {
    "shop": (
        ("cash desk", ("cash register", "receipt printer", "barcode scanner")),
        ("cash desk", ("cash register", "barcode scanner")),
        ("scales", ()),
        ("label printer", ()),
        ("cash register", ()),
        ("UPS", ()),
    ),
    "office": (
        ("server", ("disk", "disk", "UPS")),
        ("MFP", ()),
        ("MFP", ()),
        ("switch", ()),
        ("UPS", ()),
    ),
    "building": (("lift", ("lift drive",)), ("lift", ()), ("switch", ()), ("UPS", ())),
    "parking": (
        ("EV station", ("EV charger", "EV charger")),
        ("EV charger", ()),
        ("cash register", ()),
        ("switch", ()),
    ),
    "hotel": (
        ("lift", ("lift drive",)),
        ("cash desk", ("cash register", "receipt printer")),
        ("MFP", ()),
        ("server", ("disk", "UPS")),
        ("EV charger", ()),
    ),
}
TRADE_WEIGHTS = {"shop": 45, "office": 25, "building": 10, "parking": 8, "hotel": 12}
