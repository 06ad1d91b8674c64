"""Catalogues of translated texts: from the .po files of the source to the .mo files that Django reads.

Standard library only, so that nobody needs the gettext tools to run the house:

    python -m core.catalogues            locale/<language>/… to build/locale/<language>/…

What is fuzzy, obsolete or not translated is left out, and is then read in English.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "locale"
TARGET = ROOT / "build" / "locale"
MAGIC = 0x950412DE
CONTEXT_END = "\x04"
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d+)\])?)\s+(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)")


class BadCatalogue(ValueError):
    """A .po file that cannot be read; says the file's line and what is wrong there."""


@dataclass
class Entry:
    """One text with its translations: one, or one for each plural form of the language."""

    msgid: str = ""
    plural: str | None = None
    context: str | None = None
    forms: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    line: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether every form is translated and nobody has doubts."""
        return "fuzzy" not in self.flags and bool(self.forms) and all(self.forms.values())

    @property
    def key(self) -> str:
        """How the compiled file finds it."""
        start = "" if self.context is None else f"{self.context}{CONTEXT_END}"
        return start + self.msgid + ("" if self.plural is None else f"\0{self.plural}")

    @property
    def value(self) -> str:
        """Its forms in order, as the compiled file holds them."""
        return "\0".join(self.forms[number] for number in sorted(self.forms))


def unquote(text: str, line: int) -> str:
    """The characters that a quoted string of a .po file stands for. Raises BadCatalogue."""
    found = _QUOTED.fullmatch(text.strip())
    if found is None:
        raise BadCatalogue(f"line {line}: this is no quoted string: {text.strip()[:60]}")
    return _ESCAPE.sub(_unescape, found[1])


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "01234567":
        return chr(int(code, 8))
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return ESCAPES.get(code, code)


class _Reader:
    """Takes a .po file line by line; `entries` is complete after `close`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.entry = Entry()
        self.part: str | int = ""  # "context", "msgid", "plural" or the number of a form

    def take(self, text: str, line: int) -> None:
        if text.startswith("#"):
            self._comment(text)
        elif text.startswith('"'):
            self._append(unquote(text, line), line)
        elif found := _KEYWORD.fullmatch(text):
            self._keyword(found[1], found[2], unquote(found[3], line), line)
        elif text:
            raise BadCatalogue(f"line {line}: this is no part of a catalogue: {text[:60]}")

    def close(self) -> None:
        if self.part != "":
            if not self.entry.forms:
                raise BadCatalogue(f"line {self.entry.line}: a text without its msgstr")
            self.entries.append(self.entry)
        self.entry, self.part = Entry(), ""

    def _comment(self, text: str) -> None:
        if isinstance(self.part, int):
            self.close()
        if text.startswith("#,"):
            self.entry.flags |= {flag.strip() for flag in text[2:].split(",")}

    def _keyword(self, word: str, number: str | None, text: str, line: int) -> None:
        if word in ("msgctxt", "msgid") and isinstance(self.part, int):
            self.close()
        self.entry.line = self.entry.line or line
        if word == "msgctxt":
            self.part, self.entry.context = "context", text
        elif word == "msgid":
            self.part, self.entry.msgid = "msgid", text
        elif word == "msgid_plural":
            self.part, self.entry.plural = "plural", text
        elif self.part == "":
            raise BadCatalogue(f"line {line}: a translation without its text")
        else:
            self.part = int(number or 0)
            self.entry.forms[self.part] = text

    def _append(self, text: str, line: int) -> None:
        if self.part == "":
            raise BadCatalogue(f"line {line}: a string that belongs to nothing")
        if isinstance(self.part, int):
            self.entry.forms[self.part] += text
        elif self.part == "context":
            self.entry.context = f"{self.entry.context}{text}"
        elif self.part == "msgid":
            self.entry.msgid += text
        else:
            self.entry.plural = f"{self.entry.plural}{text}"


def parse(text: str) -> list[Entry]:
    """The entries of a .po file in order, its header (an empty msgid) among them. Raises BadCatalogue."""
    reader = _Reader()
    for line, words in enumerate(text.splitlines(), 1):
        reader.take(words.strip(), line)
    reader.close()
    _refuse_doubles(reader.entries)
    return reader.entries


def _refuse_doubles(entries: Iterable[Entry]) -> None:
    seen: dict[tuple[str | None, str], int] = {}
    for entry in entries:
        first = seen.setdefault((entry.context, entry.msgid), entry.line)
        if first != entry.line:
            raise BadCatalogue(f"line {entry.line}: this text stands on line {first} already")


def compiled(entries: Iterable[Entry]) -> bytes:
    """A .mo file of what is ready: keys sorted by their bytes, two tables of lengths and places, the texts."""
    pairs = sorted((entry.key.encode(), entry.value.encode()) for entry in entries if entry.is_ready)
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    head = struct.calcsize("<7I")
    texts_at = head + 16 * len(pairs)
    values_at = texts_at + sum(len(key) + 1 for key in keys)
    first = struct.pack("<7I", MAGIC, 0, len(pairs), head, head + 8 * len(pairs), 0, 0)
    tables = b"".join([*_table(keys, texts_at), *_table(values, values_at)])
    return first + tables + b"".join(text + b"\0" for text in [*keys, *values])


def _table(texts: list[bytes], at: int) -> Iterator[bytes]:
    for text in texts:
        yield struct.pack("<2I", len(text), at)
        at += len(text) + 1


def build(source: Path = SOURCE, target: Path = TARGET) -> list[Path]:
    """Compiles every catalogue below `source` to the same place below `target`; returns the files.

    A file that would not change is left alone; one that does is replaced in one step. Raises BadCatalogue.
    """
    made = []
    for path in sorted(source.glob("*/LC_MESSAGES/*.po")):
        try:
            data = compiled(parse(path.read_text("utf-8")))
        except (BadCatalogue, UnicodeDecodeError) as error:
            raise BadCatalogue(f"{path.relative_to(source)}: {error}") from None
        made.append((target / path.relative_to(source)).with_suffix(".mo"))
        _replace(made[-1], data)
    return made


def _replace(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def main() -> int:
    """Compiles the project's own catalogues; 1 with the reason when one cannot be read."""
    try:
        build()
    except BadCatalogue as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
