"""Search over published answers: one service, two back ends with the same words and the same ranking order.

A hit in the title weighs more than one in the summary, and that more than one in the body. What people type
is taken apart into words first, so that no operator of either engine can be reached from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

START, END = "\ue000", "\ue001"  # private-use marks around a hit: text stays text until a template escapes it
WORD = re.compile(r"[^\W_](?:[\w'’-]*[^\W_])?", re.UNICODE)
MAX_WORDS = 32
STOP = frozenset(
    "a an and are as at be but by can could did do does for from had has have hello hi how i if in is it its "
    "me my no not of on or our out please so than thank thanks that the their them then there they this to too "
    "up us was we were what when where which who why will with would you your yours am been just get got".split()
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer that fits. `parts`: pieces of text around the hit, each with whether it is one."""

    slug: str
    title: str
    summary: str
    language: str
    parts: tuple[tuple[str, bool], ...]
    settled: int
    reviewed_at: datetime | None
    score: float


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, at most 32, each once."""
    found = dict.fromkeys(word.lower() for word in WORD.findall(text[:4000]))
    return list(found)[:MAX_WORDS]


def matching(text: str, language: str, *, limit: int, every: bool = True) -> list[Hit]:
    """Published answers in this language (the original's where there is none), the best first.

    `every`: all words must be there, the last one may be unfinished. Otherwise any word counts.
    """
    words = words_of(text)
    if not words:
        return []
    run = _postgres if connection.vendor == "postgresql" else _sqlite
    return [_hit(row) for row in run(words, language, limit, every)]


_PUBLISHED = """
    JOIN faq_article a ON a.id = t.article_id AND a.status = 'published'
    WHERE (t.language = %s OR (t.language = a.language AND NOT EXISTS (
        SELECT 1 FROM faq_translation o WHERE o.article_id = a.id AND o.language = %s)))"""


def _sqlite(words: list[str], language: str, limit: int, every: bool) -> list[Any]:
    quoted = ['"' + word.replace('"', '""') + '"' for word in words]
    if every:
        quoted[-1] += "*"
    sql = f"""
        SELECT a.slug, t.title, t.summary, t.language,
               snippet(faq_index, 2, '{START}', '{END}', '…', 24), a.settled, a.reviewed_at,
               -bm25(faq_index, 8.0, 3.0, 1.0)
        FROM faq_index JOIN faq_translation t ON t.id = faq_index.rowid {_PUBLISHED}
        AND faq_index MATCH %s ORDER BY 8 DESC, a.settled DESC, a.id LIMIT %s"""  # noqa: S608
    return _fetch(sql, [language, language, (" " if every else " OR ").join(quoted), limit])


def _postgres(words: list[str], language: str, limit: int, every: bool) -> list[Any]:
    terms = ["'" + word.replace("\\", "").replace("'", "''") + "'" for word in words]
    if every:
        terms[-1] += ":*"
    query = (" & " if every else " | ").join(terms)
    match = "(to_tsquery('english', %s) || to_tsquery('simple', %s))"
    options = f'StartSel="{START}", StopSel="{END}", MaxWords=24, MinWords=12, MaxFragments=1'
    sql = f"""
        SELECT h.slug, h.title, h.summary, h.language,
               ts_headline('english', translate(h.body, '<>', '  '), {match}, '{options}'),
               h.settled, h.reviewed_at, h.score
        FROM (SELECT a.slug, a.id, t.title, t.summary, t.language, t.body, a.settled, a.reviewed_at,
                     ts_rank('{{0.05, 0.1, 0.35, 1.0}}', t.words, {match}) AS score
              FROM faq_translation t {_PUBLISHED} AND t.words @@ {match}
              ORDER BY score DESC, a.settled DESC, a.id LIMIT %s) h
        ORDER BY h.score DESC, h.settled DESC, h.id"""  # noqa: S608
    return _fetch(sql, [query, query, query, query, language, language, query, query, limit])


def _fetch(sql: str, arguments: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def _hit(row: Any) -> Hit:
    slug, title, summary, language, snippet, settled, reviewed, score = row
    if isinstance(reviewed, str):
        reviewed = datetime.fromisoformat(reviewed)
    return Hit(slug, title, summary, language, _parts(snippet or ""), settled, reviewed, float(score))


def _parts(snippet: str) -> tuple[tuple[str, bool], ...]:
    plain = re.sub(r"[#*_`>|]+", "", snippet)
    parts = []
    for piece in re.split(f"({START}[^{END}]*{END})", plain):
        if piece:
            parts.append((piece.strip(START + END), piece.startswith(START)))
    return tuple(parts)
