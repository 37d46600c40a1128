"""Receipts, pseudonyms and seat codes: keyed, repeatable, and different for everything else."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.receipt import ALPHABET, LENGTH, pseudonym, receipt, seat_code

BALLOT: dict[str, Any] = {
    "key": b"k" * 32,
    "run": "3f9a",
    "index": 412,
    "voter": b"\x01" * 16,
    "seq": 2,
    "value": 87,
}


@given(st.binary(min_size=1), st.text(), st.integers(0), st.binary(), st.integers(0), st.integers())
def test_a_receipt_is_twelve_letters_that_can_be_read_out(
    key: bytes, run: str, index: int, voter: bytes, seq: int, value: int
) -> None:
    text = receipt(key, run, index, voter, seq, value)
    assert len(text) == LENGTH == 12
    assert set(text) <= set(ALPHABET)
    assert text == receipt(key, run, index, voter, seq, value)


@given(st.binary(max_size=200), st.text(max_size=20), st.integers(0, 2**40))
def test_a_receipt_is_sixty_bits_of_the_librarys_hmac(key: bytes, run: str, index: int) -> None:
    message = f"{run}\n{index}\n{BALLOT['voter'].hex()}\n2\n87".encode()
    sealed = hmac.digest(key, message, hashlib.sha256)
    text = receipt(**{**BALLOT, "key": key, "run": run, "index": index})
    number = sum(ALPHABET.index(sign) << 5 * place for place, sign in enumerate(reversed(text)))
    assert number == int.from_bytes(sealed[:8], "big") >> 4


def test_the_alphabet_has_no_letters_that_are_mistaken_for_others() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("key", b"j" * 32),
        ("run", "3f9b"),
        ("index", 413),
        ("voter", b"\x02" * 16),
        ("seq", 3),
        ("value", -87),
    ],
)
def test_a_receipt_changes_with_each_field(field: str, other: object) -> None:
    assert receipt(**{**BALLOT, field: other}) != receipt(**BALLOT)


def test_digits_cannot_wander_from_one_field_to_the_next() -> None:
    one = receipt(**{**BALLOT, "seq": 1, "value": 12})
    other = receipt(**{**BALLOT, "seq": 11, "value": 2})
    assert one != other


def test_receipts_of_many_ballots_are_spread_over_the_alphabet() -> None:
    texts = {receipt(**{**BALLOT, "index": i}) for i in range(2000)}
    assert len(texts) == 2000
    for place in range(LENGTH):
        assert {text[place] for text in texts} == set(ALPHABET)


@given(st.text(), st.text(), st.text())
def test_a_pseudonym_is_sixteen_bytes_of_its_owner_only(one: str, other: str, kind: str) -> None:
    mine = pseudonym(b"k", kind, one)
    assert len(mine) == 16
    assert (mine == pseudonym(b"k", kind, other)) == (one == other)
    assert mine != pseudonym(b"another key", kind, one)


def test_a_seat_and_a_viewer_of_the_same_name_are_two_voters() -> None:
    assert pseudonym(b"k", "seat", "A-01") != pseudonym(b"k", "viewer", "A-01")


def test_every_generation_of_a_seat_has_its_own_code() -> None:
    codes = {seat_code(b"k", seat, gen) for seat in ("A-01", "A-02") for gen in range(1, 50)}
    assert len(codes) == 98
    assert {len(code) for code in codes} == {32}
    assert seat_code(b"k", "A-01", 1) != seat_code(b"j", "A-01", 1)
