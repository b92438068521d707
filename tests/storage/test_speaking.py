"""Replies, notes, and the words a ticket is found by."""

from __future__ import annotations

from uuid import uuid4

import pytest

from deskconsole.data.tables import Message
from deskconsole.desk import tickets
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import Visibility
from tests.storage.desks import Company


def test_a_reply_is_public_and_a_note_is_not(company: Company) -> None:
    ticket = company.ticket()
    tickets.reply(company.desk(), ticket, "We come at noon")
    tickets.note(company.desk("eva"), ticket, "Bring a ladder")
    said = [(line.body, line.visibility, line.author) for line in company.card(ticket).messages]
    assert said == [
        ("We come at noon", Visibility.PUBLIC, "Анна Белова"),
        ("Bring a ladder", Visibility.INTERNAL, "Eva Núñez"),
    ]


def test_a_reply_sent_twice_under_one_key_is_said_once(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    first = tickets.reply(company.desk(), ticket, "hello", key=key)
    assert tickets.reply(company.desk(), ticket, "hello", key=key) == first
    assert company.count(Message) == 1


def test_an_empty_text_is_no_reply(company: Company) -> None:
    ticket = company.ticket()
    for text in ("", " \n ", "\x1b\u202e"):
        with pytest.raises(InvalidInput, match="no text"):
            tickets.reply(company.desk(), ticket, text)
    assert company.count(Message) == 0


def test_what_is_said_to_the_client_is_searched_and_what_is_said_inside_is_not(company: Company) -> None:
    ticket = company.ticket()
    tickets.reply(company.desk(), ticket, "cable reel")
    tickets.note(company.desk(), ticket, "grumpy owner")
    assert company.found("reel") == (ticket,)
    assert company.found("grumpy") == ()


def test_another_unit_on_the_ticket_changes_the_words_it_is_found_by(company: Company) -> None:
    ticket = company.ticket()
    assert company.found("atol") == ()
    tickets.change_subject_of_work(company.desk(), ticket, equipment_id=company.rows["unit"])
    assert company.found("atol") == (ticket,)
    tickets.change_subject_of_work(company.desk(), ticket, equipment_id=company.rows["part"])
    assert company.found("atol") == ()
    assert company.found("drawer") == (ticket,)
