"""Tax numbers and phones brought into one form, by the libraries that know every country's."""

from __future__ import annotations

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark

DEFAULT_REGION = "RU"  # of phones written without a country code


def tax_number(text: str, country: str) -> str:
    """The compact form of a company's tax number in an ISO 3166-1 alpha-2 `country`.

    Countries whose rules python-stdnum doesn't have are taken as written, without blanks and dashes.

    Raises:
        InvalidInput: the country's rule (length, check digit) doesn't hold.
    """
    from stdnum import get_cc_module
    from stdnum.exceptions import ValidationError

    code = country.strip().upper()
    rule = get_cc_module(code, "vat") if code else None
    if rule is None:
        return "".join(text.split()).replace("-", "").upper()
    try:
        return str(rule.validate(text))
    except ValidationError:
        raise InvalidInput(
            mark("{number} is no tax number of {country}: its length or check digit is wrong."),
            number=text.strip(),
            country=code,
        ) from None


def phone(text: str, region: str = DEFAULT_REGION) -> str:
    """The phone in E.164 form (`+74951234567`); `region` is meant when no country code is written.

    Raises:
        InvalidInput: no phone can be read there.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region.upper())
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise InvalidInput(mark("{text} can't be read as a phone number; write it with its country code."), text=text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_digits(e164: str) -> tuple[str, ...]:
    """The digits a caller's phone may be typed as: with the country code, and without it."""
    import phonenumbers

    if not e164.startswith("+"):
        digits = "".join(character for character in e164 if character.isdecimal())
        return (digits,) if digits else ()
    national = phonenumbers.national_significant_number(phonenumbers.parse(e164))
    return (e164[1:], national)
