"""Tax numbers with right check digits, and phones of the clients' countries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

CIF_LETTERS = "ABB"  # public and private limited companies: their control sign is a digit
UNP_LETTERS = "0123456789ABCEHKMOPTXYZ"


def tax_number(random: Random, country: str) -> str:
    """A company's tax number in an ISO 3166-1 alpha-2 `country` of the demo, in compact form."""
    return _TAX[country](random)


def _inn(random: Random) -> str:
    """Russia: ten digits, the last one the weighted sum modulo 11."""
    digits = [random.randrange(1, 8), random.randrange(1, 9), *(random.randrange(10) for _ in range(7))]
    return _joined(digits, _weighed(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)


def _cif(random: Random) -> str:
    """Spain: a letter, seven digits, and a Luhn control digit."""
    digits = [random.randrange(10) for _ in range(7)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2])
    return random.choice(CIF_LETTERS) + _joined(digits, -(doubled + sum(digits[1::2])) % 10)


def _bin(random: Random) -> str:
    """Kazakhstan: year, month, 4 (resident company), 0 (not a branch), a number, a control digit in two rounds."""
    while True:
        digits = [int(sign) for sign in f"{random.randrange(24):02}{random.randrange(1, 13):02}40"]
        digits += [random.randrange(10) for _ in range(5)]
        control = _weighed(digits, range(1, 12)) % 11
        if control == 10:
            control = _weighed(digits, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
        if control < 10:
            return _joined(digits, control)


def _unp(random: Random) -> str:
    """Belarus: nine digits, the first one the region; a number whose control would be 10 is not given out."""
    while True:
        digits = [random.randrange(1, 8), *(random.randrange(10) for _ in range(7))]
        control = _weighed(digits, (29, 23, 19, 17, 13, 7, 5, 3)) % 11
        if control < 10:
            return _joined(digits, control)


def _vat(random: Random) -> str:
    """United Kingdom: seven digits, then two that bring the weighted sum to a multiple of 97."""
    digits = [random.randrange(1, 9), *(random.randrange(10) for _ in range(6))]
    return "".join(map(str, digits)) + f"{97 - _weighed(digits, (8, 7, 6, 5, 4, 3, 2)) % 97:02}"


_TAX: dict[str, Callable[[Random], str]] = {"RU": _inn, "ES": _cif, "KZ": _bin, "BY": _unp, "GB": _vat}

# What stands before the digits of a mobile phone, and how many digits follow.
_MOBILE = {
    "RU": (("+7916", "+7903", "+7921", "+7912", "+7985"), 7),
    "ES": (("+346",), 8),
    "KZ": (("+7701", "+7705", "+7777"), 7),
    "BY": (("+37529", "+37544"), 7),
    "GB": (("+44791111", "+44791112"), 4),
}


def mobile(random: Random, country: str) -> str:
    """A mobile phone in E.164 form."""
    prefixes, length = _MOBILE[country]
    return random.choice(prefixes) + _tail(random, length)


def landline(random: Random, prefix: str, length: int) -> str:
    """A phone of a city: its international `prefix` and `length` more digits, the first of them not 0 or 1."""
    return prefix + str(random.randrange(2, 8)) + _tail(random, length - 1)


def _tail(random: Random, length: int) -> str:
    return f"{random.randrange(10**length):0{length}}"


def _weighed(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def _joined(digits: Sequence[int], control: int) -> str:
    return "".join(map(str, digits)) + str(control)
