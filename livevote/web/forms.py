"""Flat rows as the bytes that other people's programs read: JSON, XML, CSV, text. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from livevote.export.sheets_csv import neutral
from livevote.hub.flat import Fields, Value, text_of
from livevote.wire.codec import to_json

BOM = b"\xef\xbb\xbf"
# What XML 1.0 cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def json_object(row: Fields) -> bytes:
    return to_json(row)


def json_rows(rows: Sequence[Fields]) -> bytes:
    return to_json(rows)


def xml(rows: Sequence[Fields], name: str) -> bytes:
    """<livevote><name><field>…</field></name>…</livevote>: every field is an element."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<livevote>\n']
    for row in rows:
        fields = "".join(f"<{key}>{_xml_text(value)}</{key}>" for key, value in row.items())
        parts.append(f"<{name}>{fields}</{name}>\n")
    return "".join([*parts, "</livevote>\n"]).encode()


def csv_table(names: Iterable[str], rows: Sequence[Fields]) -> bytes:
    """Names in the first line, also where there is no row: columns are chosen before the show.
    UTF-8 without a mark. Text that a spreadsheet would run as a formula gets an apostrophe in
    front, as in our exports."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return out.getvalue().encode()


def lines(rows: Sequence[Fields]) -> bytes:
    """A line "name: value" for each field; an empty line between rows."""
    blocks = ("".join(f"{key}: {one_line(value)}\n" for key, value in row.items()) for row in rows)
    return "\n".join(blocks).encode()


def one_line(value: Value) -> str:
    return " ".join(text_of(value).split())


def _cell(value: Value) -> str:
    return neutral(value) if isinstance(value, str) else text_of(value)


def _xml_text(value: Value) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text_of(value)))
