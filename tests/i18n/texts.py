"""The texts that code and templates ask to have translated, read without the gettext tools."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("core", "sla", "accounts", "orders", "faq", "tickets", "livechat", "helpdesk")
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "lazy", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext"}
Text = tuple[str | None, str]


def speaking_files() -> list[Path]:
    """Every template and module of the rooms and faces, those of staff and managers too: all but migrations."""
    files = [path for room in ROOMS for kind in ("*.py", "*.html") for path in (ROOT / room).rglob(kind)]
    return sorted(path for path in files if "migrations" not in path.relative_to(ROOT).parts)


def texts_of(path: Path) -> set[Text]:
    """(context or None, text) of every call that asks for a translation."""
    source = path.read_text("utf-8")
    if path.suffix == ".html":
        return set(_of_template(source, str(path)))
    return set(_of_code(ast.parse(source)))


def _of_code(tree: ast.AST) -> Iterator[Text]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            words = [
                arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
            if call.func.id in PLAIN and words:
                yield None, words[0]
            elif call.func.id in WITH_CONTEXT and len(words) > 1:
                yield words[0], words[1]


def _of_template(source: str, name: str) -> Iterator[Text]:
    """Django turns a template into lines that hold Python calls among noise; each call parses by itself."""
    code = templatize(source, origin=name)
    for start in range(len(code)):
        for function in ("gettext(", "ngettext(", "pgettext(", "npgettext(", "_("):
            if code.startswith(function, start) and (
                start == 0 or not (code[start - 1].isalnum() or code[start - 1] == "_")
            ):
                yield from _of_code(ast.parse(_call_at(code, start)))


def _call_at(code: str, start: int) -> str:
    """The shortest piece from `start` that is a whole call."""
    end = code.index(")", start)
    while True:
        try:
            ast.parse(code[start : end + 1])
        except SyntaxError:
            end = code.index(")", end + 1)
        else:
            return code[start : end + 1]
