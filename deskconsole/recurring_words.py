"""What a recurrence means, in words of the language in use: "on the last Friday of every month at 09:00".

Phrases are translated whole wherever grammar bends their words ("on the last Friday" is "в последнюю пятницу");
what is too rare to have a phrase is said as a list of its parts, truthful if not pretty.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from deskconsole.domain.occurrences import Raising, Shift
from deskconsole.domain.recurrence import Recurrence
from deskconsole.domain.recurrence_rule import Frequency, Rule, Weekday
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, ngettext

SHOWN_DAYS = 6
_LEAP_YEAR = 2024
_WORK_DAYS = tuple(Weekday(day) for day in range(5))
_WHOLE_WEEK = tuple(Weekday(day) for day in range(7))
# What stands before the bar says which form is meant; English leaves it out when it speaks.
_EVERY = (
    mark("every Monday"),
    mark("every Tuesday"),
    mark("every Wednesday"),
    mark("every Thursday"),
    mark("every Friday"),
    mark("every Saturday"),
    mark("every Sunday"),
)
_ON = (
    mark("on Monday"),
    mark("on Tuesday"),
    mark("on Wednesday"),
    mark("on Thursday"),
    mark("on Friday"),
    mark("on Saturday"),
    mark("on Sunday"),
)
_AND_ON = (
    mark("after another weekday|Monday"),
    mark("after another weekday|Tuesday"),
    mark("after another weekday|Wednesday"),
    mark("after another weekday|Thursday"),
    mark("after another weekday|Friday"),
    mark("after another weekday|Saturday"),
    mark("after another weekday|Sunday"),
)
_OF_MONTH = (
    mark("of a month|January"),
    mark("of a month|February"),
    mark("of a month|March"),
    mark("of a month|April"),
    mark("of a month|May"),
    mark("of a month|June"),
    mark("of a month|July"),
    mark("of a month|August"),
    mark("of a month|September"),
    mark("of a month|October"),
    mark("of a month|November"),
    mark("of a month|December"),
)
_NUMBERED = {
    1: (
        mark("on the first Monday"),
        mark("on the first Tuesday"),
        mark("on the first Wednesday"),
        mark("on the first Thursday"),
        mark("on the first Friday"),
        mark("on the first Saturday"),
        mark("on the first Sunday"),
    ),
    2: (
        mark("on the second Monday"),
        mark("on the second Tuesday"),
        mark("on the second Wednesday"),
        mark("on the second Thursday"),
        mark("on the second Friday"),
        mark("on the second Saturday"),
        mark("on the second Sunday"),
    ),
    3: (
        mark("on the third Monday"),
        mark("on the third Tuesday"),
        mark("on the third Wednesday"),
        mark("on the third Thursday"),
        mark("on the third Friday"),
        mark("on the third Saturday"),
        mark("on the third Sunday"),
    ),
    4: (
        mark("on the fourth Monday"),
        mark("on the fourth Tuesday"),
        mark("on the fourth Wednesday"),
        mark("on the fourth Thursday"),
        mark("on the fourth Friday"),
        mark("on the fourth Saturday"),
        mark("on the fourth Sunday"),
    ),
    5: (
        mark("on the fifth Monday"),
        mark("on the fifth Tuesday"),
        mark("on the fifth Wednesday"),
        mark("on the fifth Thursday"),
        mark("on the fifth Friday"),
        mark("on the fifth Saturday"),
        mark("on the fifth Sunday"),
    ),
    -1: (
        mark("on the last Monday"),
        mark("on the last Tuesday"),
        mark("on the last Wednesday"),
        mark("on the last Thursday"),
        mark("on the last Friday"),
        mark("on the last Saturday"),
        mark("on the last Sunday"),
    ),
    -2: (
        mark("on the last Monday but one"),
        mark("on the last Tuesday but one"),
        mark("on the last Wednesday but one"),
        mark("on the last Thursday but one"),
        mark("on the last Friday but one"),
        mark("on the last Saturday but one"),
        mark("on the last Sunday but one"),
    ),
}
_WORK_DAY_OF = {1: mark("on the first weekday (Monday to Friday)"), -1: mark("on the last weekday (Monday to Friday)")}


def recurrence_words(recurrence: Recurrence) -> str:
    """What recurs, with what is excluded, as one sentence that begins in lower case."""
    said = _joined_rules([_rule_words(rule) for rule in recurrence.rules])
    excluded = [day.isoformat() for day in sorted(recurrence.excluded_days)]
    excluded += [_moment(moment) for moment in sorted(recurrence.excluded_moments)]
    if len(excluded) > SHOWN_DAYS:
        rest = len(excluded) - SHOWN_DAYS
        shown = ", ".join(excluded[:SHOWN_DAYS])
        excluded = [ngettext("{days} and {count} more", "{days} and {count} more", rest).format(days=shown, count=rest)]
    excluded += [_rule_words(rule) for rule in recurrence.excluded_rules]
    if not excluded:
        return said
    return _("{rules}; except: {excluded}").format(rules=said, excluded="; ".join(excluded))


def raising_words(raising: Raising) -> list[str]:
    """How its days are treated: the shift to working days, the lead, the last day."""
    said = []
    if raising.shift is Shift.NEXT:
        said.append(_("a day off moves to the next working day"))
    elif raising.shift is Shift.PREVIOUS:
        said.append(_("a day off moves to the previous working day"))
    if raising.lead_days:
        count = raising.lead_days
        said.append(ngettext("raised {count} day before", "raised {count} days before", count).format(count=count))
    if raising.ends_on:
        said.append(_("ends on {day}").format(day=raising.ends_on.isoformat()))
    return said


def days_words(rule: Rule) -> str:
    """On which days of its week or month a rule fires, "on the last Friday"; empty if there is no phrase for them."""
    return _weekdays(rule.weekdays) if rule.frequency is Frequency.WEEKLY else _days_of_month(rule)


def _rule_words(rule: Rule) -> str:
    plain = _simplified(rule)
    said = _when(plain) or _parts(plain)
    times = _listed(_times(plain)) if plain.hours else ""
    if plain.frequency is Frequency.HOURLY:
        if not times and plain.minutes != (plain.start.minute,):
            past = _listed([f":{minute:02d}" for minute in plain.minutes])
            said = _("{when} at {times}").format(when=said, times=past)
        said = _("{when}, counted from {moment}").format(when=said, moment=_moment(plain.start))
        said = _("{when}, only at {times}").format(when=said, times=times) if times else said
    else:
        said = _("{when} at {times}").format(when=said, times=times)
    said = _ended(said, plain)
    if _lacks_in_some_months(plain) and (len(plain.month_days) > 1 or plain.interval > 1):
        return _("{rule}; months without such a day are left out").format(rule=said)
    if plain.frequency is Frequency.YEARLY and 2 in plain.months and 29 in plain.month_days:
        return _("{rule}; years without 29 February are left out").format(rule=said)
    return said


def _times(rule: Rule) -> list[str]:
    return [_time(time(hour, minute, rule.second)) for hour in rule.hours for minute in rule.minutes]


def _simplified(rule: Rule) -> Rule:
    """The same moments said by the plainest rule: every month on all Mondays is every week on Monday."""
    is_of_month = rule.frequency is Frequency.MONTHLY or (rule.frequency is Frequency.YEARLY and bool(rule.months))
    only_weekdays = rule.weekdays and not (rule.month_days or rule.year_days or rule.weeks)
    if is_of_month and only_weekdays and len(rule.weekdays) == len(rule.positions) == 1 and not rule.weekdays[0].number:
        position = rule.positions[0]
        if abs(position) <= 5:
            rule = replace(rule, weekdays=(Weekday(rule.weekdays[0].day, position),), positions=())
    if rule.interval != 1 or rule.positions:
        return rule
    if rule.frequency is Frequency.HOURLY and rule.hours:
        rule = replace(rule, frequency=Frequency.DAILY)
    if rule.months and rule.frequency is Frequency.MONTHLY:
        rule = replace(rule, frequency=Frequency.YEARLY)
    if rule.year_days or rule.weeks or rule.frequency is Frequency.HOURLY:
        return rule
    if rule.month_days and not rule.weekdays:
        return replace(rule, frequency=Frequency.YEARLY if rule.months else Frequency.MONTHLY)
    if rule.weekdays and not rule.month_days and not rule.months and not any(day.number for day in rule.weekdays):
        rule = replace(rule, frequency=Frequency.WEEKLY)
        if rule.weekdays == _WHOLE_WEEK:
            rule = replace(rule, frequency=Frequency.DAILY, weekdays=())
    return rule


def _when(rule: Rule) -> str:
    """A natural phrase for the days of a rule; empty if it has none."""
    if rule.year_days or rule.weeks:
        return ""
    if rule.frequency in {Frequency.DAILY, Frequency.HOURLY}:
        is_plain = not (rule.weekdays or rule.month_days or rule.months or rule.positions)
        return _every(rule) if is_plain else ""
    if rule.frequency is Frequency.WEEKLY:
        return "" if rule.months or rule.month_days or rule.positions else _weekly(rule)
    days = _days_of_month(rule)
    if rule.frequency is Frequency.MONTHLY:
        return "" if rule.months or not days else _monthly(rule, days)
    return _yearly(rule, days)


def _weekly(rule: Rule) -> str:
    if rule.interval == 1 and len(rule.weekdays) == 1:
        return _(_EVERY[rule.weekdays[0].day])
    if rule.interval == 1 and rule.weekdays == _WORK_DAYS:
        return _("from Monday to Friday")
    return _("{every} {days}").format(every=_every(rule), days=_weekdays(rule.weekdays))


def _monthly(rule: Rule, days: str) -> str:
    if rule.interval > 1:
        return _("{every} {days} of the month").format(every=_every(rule), days=days)
    if _lacks_in_some_months(rule) and len(rule.month_days) == 1:
        return _("{days} of the months that have it").format(days=days)
    return _("{days} of every month").format(days=days)


def _yearly(rule: Rule, days: str) -> str:
    every = _every(rule)
    if rule.months and rule.month_days and not rule.weekdays and not rule.positions and min(rule.month_days) > 0:
        dates = [
            _("on a date|{day} {month}").rpartition("|")[2].format(day=day, month=_bare(_OF_MONTH[month - 1]))
            for month in rule.months
            for day in rule.month_days
            if day <= monthrange(_LEAP_YEAR, month)[1]
        ]
        return _("{every} on {dates}").format(every=every, dates=_listed(dates))
    if not days:
        return ""
    if rule.months:
        months = _listed([_bare(_OF_MONTH[month - 1]) for month in rule.months])
        return _("{every} {days} of {months}").format(every=every, days=days, months=months)
    return "" if rule.month_days else _("{every} {days} of the year").format(every=every, days=days)


def _days_of_month(rule: Rule) -> str:
    """The days of a rule that has month days alone, or numbered weekdays alone; empty if it has other ones."""
    if rule.weekdays == _WORK_DAYS and len(rule.positions) == 1 and not rule.month_days:
        return _(_WORK_DAY_OF[rule.positions[0]]) if rule.positions[0] in _WORK_DAY_OF else ""
    if rule.positions or (rule.weekdays and rule.month_days):
        return ""
    if rule.month_days:
        return _month_days(rule.month_days)
    if all(day.number in _NUMBERED for day in rule.weekdays):
        return _listed([_(_NUMBERED[day.number][day.day]) for day in rule.weekdays])
    return ""


def _month_days(days: Sequence[int]) -> str:
    ahead = [day for day in days if day > 0]
    said = []
    if len(ahead) == 1:
        said.append(_("on day {day}").format(day=ahead[0]))
    elif ahead:
        numbers = [_("of several days|{day}").rpartition("|")[2].format(day=day) for day in ahead]
        said.append(_("on days {days}").format(days=_listed(numbers)))
    for day in sorted((day for day in days if day < 0), reverse=True):
        said.append(_("on the last day") if day == -1 else _("on day {day} from the end").format(day=-day))
    return _listed(said)


def _parts(rule: Rule) -> str:
    """A rule as the list of its parts."""
    said = [_every(rule)]
    if rule.months:
        months = _listed([_bare(_OF_MONTH[month - 1]) for month in rule.months])
        said.append(_("only on days of {months}").format(months=months))
    if rule.weeks:
        said.append(_("only in the weeks of the year {numbers}").format(numbers=_numbers(rule.weeks)))
    if rule.year_days:
        said.append(_("only on the days of the year {numbers}").format(numbers=_numbers(rule.year_days)))
    if rule.month_days:
        said.append(_("only {days} of the month").format(days=_month_days(rule.month_days)))
    if rule.weekdays:
        said.append(_("only {days}").format(days=_weekdays(rule.weekdays)))
    if rule.positions:
        said.append(_("of these each time only number {numbers}").format(numbers=_numbers(rule.positions)))
    return ", ".join(said)


def _every(rule: Rule) -> str:
    count = rule.interval
    once = {
        Frequency.YEARLY: mark("every year"),
        Frequency.MONTHLY: mark("every month"),
        Frequency.WEEKLY: mark("every week"),
        Frequency.DAILY: mark("every day"),
        Frequency.HOURLY: mark("every hour"),
    }
    if count == 1:
        return _(once[rule.frequency])
    counted = {
        Frequency.YEARLY: ngettext("every {count} year", "every {count} years", count),
        Frequency.MONTHLY: ngettext("every {count} month", "every {count} months", count),
        Frequency.WEEKLY: ngettext("every {count} week", "every {count} weeks", count),
        Frequency.DAILY: ngettext("every {count} day", "every {count} days", count),
        Frequency.HOURLY: ngettext("every {count} hour", "every {count} hours", count),
    }
    return counted[rule.frequency].format(count=count)


def _weekdays(weekdays: Sequence[Weekday]) -> str:
    """`on Monday and Friday`; numbered ones each with its own `on`."""
    if tuple(weekdays) == _WORK_DAYS:
        return _("from Monday to Friday")
    if not any(day.number for day in weekdays):
        (first, *rest) = weekdays
        return _listed([_(_ON[first.day]), *(_bare(_AND_ON[day.day]) for day in rest)])
    return _listed([_weekday(day) for day in weekdays])


def _weekday(day: Weekday) -> str:
    if not day.number:
        return _(_EVERY[day.day])
    if day.number in _NUMBERED:
        return _(_NUMBERED[day.number][day.day])
    return _("{weekday} number {number}").format(weekday=_bare(_AND_ON[day.day]), number=_numbers([day.number]))


def _ended(said: str, rule: Rule) -> str:
    if rule.count is not None:
        counted = ngettext("{rule}, {count} time in all", "{rule}, {count} times in all", rule.count)
        return counted.format(rule=said, count=rule.count)
    if rule.until is None:
        return said
    latest = time(max(rule.hours, default=23), max(rule.minutes), rule.second)
    until = rule.until.date().isoformat() if rule.until.time() >= latest else _moment(rule.until)
    return _("{rule}, until {moment}").format(rule=said, moment=until)


def _lacks_in_some_months(rule: Rule) -> bool:
    """Whether some months lack a day of the rule, and so its work."""
    return rule.frequency is Frequency.MONTHLY and any(abs(day) > 28 for day in rule.month_days)


def _joined_rules(said: Sequence[str]) -> str:
    (whole, *rest) = said
    for each in rest:
        whole = _("{rules}; and also {rule}").format(rules=whole, rule=each)
    return whole


def _listed(items: Sequence[str]) -> str:
    if len(items) == 1:
        return items[0]
    return _("{items} and {last}").format(items=", ".join(items[:-1]), last=items[-1])


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(
        str(number) if number > 0 else _("{number} from the end").format(number=-number) for number in numbers
    )


def _bare(text: str) -> str:
    return _(text).rpartition("|")[2]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d} {_time(moment.time())}"


def _time(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
