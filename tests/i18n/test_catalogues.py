"""The catalogues: complete, in doubt nowhere, with the same placeholders; and the compiler against Python's own."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from core import catalogues
from core.catalogues import BadCatalogue, Entry, build, compiled, parse
from tests.i18n.texts import ROOT, speaking_files, texts_of

FILES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
PERCENT = re.compile(r"%\((\w+)\)[-#0 +]*[\d.]*([a-zA-Z])")
BRACES = re.compile(r"\{(\w+)\}")
FORMS = {"es": 2, "zh_Hans": 1}
TAG = re.compile(r"</?\w+[^>]*>")

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])


def entries(path: Path) -> list[Entry]:
    return parse(path.read_text("utf-8"))


def test_every_language_but_english_has_a_catalogue() -> None:
    assert [path.parts[-3] for path in FILES] == ["es", "zh_Hans"]
    assert {code for code, _ in settings.LANGUAGES} == {"en", "es", "zh-hans"}


@each_file
def test_all_is_translated_and_in_doubt_nowhere(path: Path) -> None:
    open_ones = [entry.msgid for entry in entries(path) if entry.msgid and not entry.is_ready]
    assert open_ones == []


@each_file
def test_every_form_is_there(path: Path) -> None:
    wanted = FORMS[path.parts[-3]]
    for entry in entries(path):
        forms = wanted if entry.plural is not None else 1
        assert sorted(entry.forms) == list(range(forms)), entry.msgid


@each_file
def test_placeholders_and_markup_are_those_of_the_text(path: Path) -> None:
    for entry in entries(path):
        if not entry.msgid:
            continue
        for number, form in entry.forms.items():
            few = number == 0 and len(entry.forms) > 1  # the form for one follows the English one
            like = entry.msgid if few or entry.plural is None else entry.plural
            assert set(PERCENT.findall(form)) == set(PERCENT.findall(like)), f"{like!r} → {form!r}"
            assert set(BRACES.findall(form)) == set(BRACES.findall(like)), f"{like!r} → {form!r}"
            assert TAG.findall(form) == TAG.findall(entry.msgid), form
            assert form.startswith("\n") == entry.msgid.startswith("\n")
            assert form.endswith("\n") == entry.msgid.endswith("\n")


@each_file
def test_what_is_filled_in_fits(path: Path) -> None:
    """A lone percent sign breaks a text only once its fields are filled in."""
    for entry in entries(path):
        fields = {
            name: 3 if kind == "d" else "x"
            for name, kind in PERCENT.findall(entry.msgid + (entry.plural or ""))
        }
        for form in entry.forms.values() if entry.msgid and fields else ():
            assert "%(" not in form % fields


@each_file
def test_nothing_of_a_machine_or_a_person_stands_in_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(
        r"Last-Translator|Creation-Date|Revision-Date|Language-Team|/home/|#: /|#: .*:\d", text
    )


@each_file
def test_no_text_is_missing(path: Path) -> None:
    have = {(entry.context, entry.msgid) for entry in entries(path)}
    missing = {
        f"{file.relative_to(ROOT)}: {text}"
        for file in speaking_files()
        for context, text in texts_of(file)
        if text and (context, text) not in have
    }
    assert not missing, "run `manage.py makemessages -l es -l zh_Hans` and translate:\n" + "\n".join(
        sorted(missing)
    )


@each_file
def test_python_reads_what_was_compiled(path: Path) -> None:
    rows = entries(path)
    read = gettext.GNUTranslations(BytesIO(compiled(rows)))
    for entry in rows:
        if not entry.msgid:
            assert read.info()["language"] == path.parts[-3]
        elif entry.plural is not None:
            singular = read.ngettext(entry.msgid, entry.plural, 1)
            many = read.ngettext(entry.msgid, entry.plural, 5)
            assert (singular, many) == (entry.forms[0], entry.forms[max(entry.forms)])
        elif entry.context is not None:
            assert read.pgettext(entry.context, entry.msgid) == entry.forms[0]
        else:
            assert read.gettext(entry.msgid) == entry.forms[0]


HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
SAMPLE = (
    HEAD
    + r"""
# a remark
#: a.py
msgid "Say \"hello\"\n"
"on two lines\t\\"
msgstr "Di «hola»\n"
"en dos líneas\t\\"

msgctxt "date"
msgid "May"
msgstr "mayo"

msgid "May"
msgstr "Puede"
msgid "%(n)d order"
msgid_plural "%(n)d orders"
msgstr[0] "%(n)d pedido"
msgstr[1] ""
"%(n)d pedidos"

#, fuzzy, python-format
msgid "Doubtful"
msgstr "Dudoso"

msgid "Open"
msgstr ""

msgid "%(n)d day"
msgid_plural "%(n)d days"
msgstr[0] "%(n)d día"
msgstr[1] ""

#~ msgid "Old"
#~ msgstr "Viejo"
"""
)


def test_compiler_on_what_catalogues_may_hold() -> None:
    read = gettext.GNUTranslations(BytesIO(compiled(parse(SAMPLE))))
    assert read.gettext('Say "hello"\non two lines\t\\') == "Di «hola»\nen dos líneas\t\\"
    assert (read.gettext("May"), read.pgettext("date", "May")) == ("Puede", "mayo")
    assert [read.ngettext("%(n)d order", "%(n)d orders", n) for n in (0, 1, 2)] == [
        "%(n)d pedidos", "%(n)d pedido", "%(n)d pedidos",
    ]  # fmt: skip
    assert [read.gettext(text) for text in ("Doubtful", "Open", "Old")] == ["Doubtful", "Open", "Old"]
    assert read.ngettext("%(n)d day", "%(n)d days", 2) == "%(n)d days"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('msgid "a', "line 1: this is no quoted string"),
        ('msgid "a"\n', "line 1: a text without its msgstr"),
        ('msgstr "a"\n', "line 1: a translation without its text"),
        ('"a"\n', "line 1: a string that belongs to nothing"),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', "line 4: this text stands on line 1 already"),
        ('msgid "a"\nmsgstr "b"\nwhat\n', "line 3: this is no part of a catalogue"),
    ],
)
def test_a_broken_catalogue_says_where(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadCatalogue, match=words):
        parse(text)
    place = tmp_path / "xx" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.po").write_text(text, "utf-8")
    with pytest.raises(BadCatalogue, match="xx/LC_MESSAGES/django.po: line"):
        build(tmp_path, tmp_path / "out")


def test_built_once_and_left_alone_after(tmp_path: Path) -> None:
    first = build(ROOT / "locale", tmp_path)
    assert [path.relative_to(tmp_path).parts[0] for path in first] == ["es", "zh_Hans"]
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in first]
    assert build(ROOT / "locale", tmp_path) == first
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in first] == before
    first[0].write_bytes(b"cut off")
    build(ROOT / "locale", tmp_path)
    assert gettext.GNUTranslations(first[0].open("rb")).gettext("Sign in") == "Iniciar sesión"


def test_compiler_needs_nothing_but_python() -> None:
    """The first start runs it before anything is installed."""
    done = subprocess.run([sys.executable, "-I", "-S", catalogues.__file__], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert catalogues.TARGET == settings.LOCALE_PATHS[0]
