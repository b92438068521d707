"""Names of the demo's cities, companies and people."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class City:
    """A city where clients are: `phone` is the international prefix of its landlines and how many digits follow."""

    name: str
    country: str  # ISO 3166-1 alpha-2
    region: str
    language: str
    zone: str
    phone: tuple[str, int]
    streets: tuple[str, ...]
    weight: int


_RU = ("ул. Ленина", "пр. Мира", "ул. Садовая", "ул. Гагарина", "ул. Победы", "Заводская ул.", "Вокзальная ул.")
_KZ = ("пр. Абая", "ул. Сатпаева", "ул. Достык", "пр. Республики")
_BY = ("пр. Независимости", "ул. Советская", "ул. Якуба Коласа")
_ES = ("Calle Mayor", "Avenida de la Constitución", "Calle de Alcalá", "Plaza de España", "Paseo Marítimo")
_GB = ("High Street", "Station Road", "Mill Lane", "Church Street")

CITIES = (
    City("Москва", "RU", "Москва", "ru", "Europe/Moscow", ("+7495", 7), _RU, 20),
    City("Санкт-Петербург", "RU", "Северо-Запад", "ru", "Europe/Moscow", ("+7812", 7), _RU, 10),
    City("Казань", "RU", "Поволжье", "ru", "Europe/Moscow", ("+7843", 7), _RU, 6),
    City("Нижний Новгород", "RU", "Поволжье", "ru", "Europe/Moscow", ("+7831", 7), _RU, 5),
    City("Екатеринбург", "RU", "Урал", "ru", "Asia/Yekaterinburg", ("+7343", 7), _RU, 6),
    City("Новосибирск", "RU", "Сибирь", "ru", "Asia/Novosibirsk", ("+7383", 7), _RU, 6),
    City("Алматы", "KZ", "Казахстан", "ru", "Asia/Almaty", ("+77273", 6), _KZ, 6),
    City("Астана", "KZ", "Казахстан", "ru", "Asia/Almaty", ("+77172", 6), _KZ, 4),
    City("Минск", "BY", "Беларусь", "ru", "Europe/Minsk", ("+37517", 7), _BY, 6),
    City("Гомель", "BY", "Беларусь", "ru", "Europe/Minsk", ("+375232", 6), _BY, 2),
    City("Madrid", "ES", "España", "es", "Europe/Madrid", ("+3491", 7), _ES, 9),
    City("Barcelona", "ES", "España", "es", "Europe/Madrid", ("+3493", 7), _ES, 7),
    City("Valencia", "ES", "España", "es", "Europe/Madrid", ("+3496", 7), _ES, 5),
    City("Sevilla", "ES", "España", "es", "Europe/Madrid", ("+3495", 7), _ES, 3),
    City("London", "GB", "United Kingdom", "en", "Europe/London", ("+44207", 7), _GB, 8),
)

CURRENCIES = {"RU": "RUB", "KZ": "KZT", "BY": "BYN", "ES": "EUR", "GB": "GBP"}

_FORMS = {
    "RU": ("ООО «{}»", "ООО «{}»", "АО «{}»", "ПАО «{}»"),
    "KZ": ("ТОО «{}»",),
    "BY": ("ООО «{}»", "ОАО «{}»", "ЧУП «{}»"),
    "ES": ("{} S.L.", "{} S.A.", "{} S.L.U."),
    "GB": ("{} Ltd", "{} plc", "{} LLP"),
}
_COMPANIES = {
    "ru": (
        "Ромашка Берёзка Вектор Горизонт Домовёнок Жемчужина Звезда Исток Калинка Лидер Меридиан Надежда Орион"
        " Пятёрка Радуга Самоцвет Техноград Уют Фортуна Хлебница Центральный Шестой_элемент Эталон Южный_двор Ясень"
        " Аптека_Здоровье Бристоль Вкусная_еда Гастроном_№1 Детский_мир_плюс Ёлки-Иголки Зелёная_аптека Кофейня_Утро"
        " Молоко_и_мёд Новый_дом Окна_века Сытый_кот Три_богатыря Умный_дом Чайка Азимут Гранат Кедр Лотос Маяк"
    ),
    "es": (
        "Panadería_El_Sol Farmacia_Ibáñez Hotel_Miramar Muñoz_y_Peña Supermercados_Ñandú Café_Colón Talleres_Gómez"
        " Clínica_Santa_Lucía Librería_Cervantes Óptica_Levante Ferretería_Núñez Autocares_Pérez Bodegas_Rioja"
        " Moda_Zafiro Frutas_Olé Gestoría_León Pescados_Cádiz Viajes_Atlántico Cristalería_Güell Jardín_Botánico"
        " Restaurante_La_Plaza Aparcamientos_Centro Muebles_Roble Electro_Mar Deportes_Cumbre"
    ),
    "en": (
        "Northwind_Trading Blue_Anchor_Hotels Baker_&_Sons Greenfield_Pharmacy Harbour_Logistics Oak_Tree_Schools"
        " Kingsway_Parking Silverline_Retail Thames_Offices Redwood_Clinics O'Connor_Foods Highgate_Books"
        " Cavendish_Lifts_Estate Maple_Leaf_Cafés Union_Print"
    ),
}
_SUFFIXES = {
    "ru": (" Плюс", " Трейд", " Сервис", " Групп", " Маркет", " Опт", "-Юг", "-Север", " и Ко", " Регион", " 24"),
    "es": (" Centro", " Norte", " Sur", " e Hijos", " Express", " Mediterráneo", " Hermanos", " 2000"),
    "en": (" Group", " North", " South", " Partners", " Express", " Holdings", " & Co"),
}

# First names, then last names.
_MEN = (
    "Иван Пётр Сергей Алексей Дмитрий Николай Михаил Андрей Фёдор Егор Артём Семён Юрий Тимур Олжас Ержан",
    "Иванов Петров Сидоров Смирнов Кузнецов Соловьёв Королёв Фёдоров Жуков Щукин Ёлкин Ахметов Нурланов",
)
_WOMEN = (
    "Анна Мария Ольга Елена Наталья Ирина Татьяна Светлана Юлия Алёна Айгуль Дарья Ксения Вера",
    "Иванова Петрова Орлова Смирнова Кузнецова Семёнова Королёва Фёдорова Жукова Щукина Ахметова Нурланова",
)
_SPANISH = (
    "José María Íñigo Lucía Carmen Javier Begoña Andrés Núria Álvaro Inés Pablo Sofía Raúl",
    "García Fernández Núñez Muñoz Ibáñez Peña López Sánchez Gómez Martín Ruiz Güell Castaño",
)
_ENGLISH = (
    "Emma Oliver Grace Harry Aisha Thomas Chloe Daniel Siobhán George Priya William",
    "Smith Jones Taylor Brown O'Brien Wilson Evans Patel Walker Wright Clarke Hughes",
)
_POSITIONS = {
    "ru": ("директор", "администратор", "главный бухгалтер", "системный администратор", "управляющая", "завхоз"),
    "es": ("gerente", "administración", "jefe de tienda", "informática", "mantenimiento"),
    "en": ("manager", "office manager", "IT", "facilities", "shop manager"),
}
_SITES = {
    "ru": ("Магазин", "Офис", "Склад", "Филиал", "Торговый центр", "Салон"),
    "es": ("Tienda", "Oficina", "Almacén", "Sucursal", "Centro comercial"),
    "en": ("Shop", "Office", "Warehouse", "Branch", "Mall"),
}


def company(random: Random, city: City, taken: set[str]) -> tuple[str, str]:
    """A company's bare name that nobody has yet, and its full legal name; `taken` grows by it."""
    stems = _COMPANIES[city.language].split()
    bare = random.choice(stems).replace("_", " ")
    for _ in range(6):
        if bare not in taken:
            break
        bare = random.choice(stems).replace("_", " ") + random.choice(_SUFFIXES[city.language])
    number = 2
    stem = bare
    while bare in taken:
        bare = f"{stem} {number}"
        number += 1
    taken.add(bare)
    return bare, legal_name(random, city.country, bare)


def legal_name(random: Random, country: str, bare: str) -> str:
    """A company's name with a legal form of its country."""
    return random.choice(_FORMS[country]).format(bare)


def person(random: Random, language: str) -> str:
    """A person's name, first name first."""
    people = {"ru": (_MEN, _WOMEN), "es": (_SPANISH,), "en": (_ENGLISH,)}[language]
    first, last = (names.split() for names in random.choice(people))
    name = f"{random.choice(first)} {random.choice(last)}"
    return f"{name} {random.choice(last)}" if language == "es" and random.random() < 0.5 else name


def position(random: Random, language: str) -> str:
    """What a contact is at the client's."""
    return random.choice(_POSITIONS[language])


def site(random: Random, language: str, number: int) -> str:
    """What the client calls a place."""
    return (
        f"{random.choice(_SITES[language])} №{number}"
        if language == "ru"
        else (f"{random.choice(_SITES[language])} {number}")
    )


def address(random: Random, city: City) -> str:
    """A street and a house, written as in the country."""
    street, house = random.choice(city.streets), random.randrange(1, 180)
    if city.country == "GB":
        return f"{house} {street}"
    return f"{street}, {house}"
