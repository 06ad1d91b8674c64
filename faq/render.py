"""Markdown to HTML, through a parser that passes no raw HTML and a sanitiser that trusts nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt

TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "hr", "br",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "h2": {"id"}, "h3": {"id"}}
_parser = MarkdownIt("js-default")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML and the headings that a list of contents shows: (id, words)."""

    html: SafeString
    contents: tuple[tuple[str, str], ...]


def html_of(markdown: str) -> SafeString:
    """An article's HTML, safe to show."""
    return rendered(markdown).html


@lru_cache(maxsize=512)
def rendered(markdown: str) -> Rendered:
    """HTML with its list of contents. Links keep http, https, mailto and paths alone; headings get ids."""
    raw = _parser.render(markdown)
    contents: list[tuple[str, str]] = []

    def name(found: re.Match[str]) -> str:
        words = re.sub(r"<[^>]+>", "", found[2])
        anchor = slugify(words) or f"part-{len(contents) + 1}"
        if any(anchor == taken for taken, _words in contents):
            anchor = f"{anchor}-{len(contents) + 1}"
        contents.append((anchor, nh3.clean_text(words) if "<" in words else words))
        return f'<h{found[1]} id="{anchor}">{found[2]}</h{found[1]}>'

    raw = re.sub(r"<h1>(.*?)</h1>", r"<h2>\1</h2>", raw)
    raw = re.sub(r"<h([23])>(.*?)</h\1>", name, raw)
    clean = nh3.clean(
        raw, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener"
    )
    return Rendered(mark_safe(clean), tuple(contents))  # noqa: S308 - the sanitiser's own output
