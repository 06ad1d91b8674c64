"""Reads the conversations of `talks.txt`: what people ask a shop, and how it is answered well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MARKS = (">", "<", "!", "?", "=", "*")


@dataclass(frozen=True, slots=True)
class Line:
    """`by`: buyer, desk, note, ask (with what was checked), answer (of a specialist)."""

    by: str
    text: str
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation; `phase` is where its order stands: none, paid, way, delivered, any."""

    where: str
    category: str
    phase: str
    subject: str
    language: str
    lines: tuple[Line, ...]
    score: int = 0
    words: str = ""

    def told(self, **facts: str) -> Talk:
        """The same talk about somebody's order."""
        lines = tuple(replace(line, text=_fill(line.text, facts)) for line in self.lines)
        return replace(self, subject=_fill(self.subject, facts), lines=lines)


def _fill(text: str, facts: dict[str, str]) -> str:
    for name, value in facts.items():
        text = text.replace("{" + name + "}", value)
    return text.replace(" // ", "\n\n")


@cache
def talks() -> tuple[Talk, ...]:
    """Every conversation of the file, in its order."""
    blocks = (HERE / "talks.txt").read_text(encoding="utf-8").split("\n## ")[1:]
    return tuple(_talk(block.strip()) for block in blocks)


def _talk(block: str) -> Talk:
    head, *rows = block.splitlines()
    where, category, phase, subject, *language = [part.strip() for part in head.split("|")]
    lines: list[Line] = []
    score, words = 0, ""
    for row in rows:
        mark, text = row[:1], row[1:].strip()
        if mark not in MARKS:
            continue
        if mark == "*":
            number, _space, words = text.partition(" ")
            score = int(number)
        else:
            lines.append(_line(mark, text))
    return Talk(
        where, category, phase, subject, language[0] if language else "en", tuple(lines), score, words
    )


def _line(mark: str, text: str) -> Line:
    by = {">": "buyer", "<": "desk", "!": "note", "?": "ask", "=": "answer"}[mark]
    said, _bars, checked = text.partition("||")
    return Line(by, said.strip(), checked.strip())
