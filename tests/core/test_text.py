"""What people type, cleaned once."""

from __future__ import annotations

import pytest

from core.errors import Invalid
from core.text import BODY_LIMIT, clean_body, clean_subject


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  hello \r\n there\r", "hello \n there"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"),
        ("مرحبا، أين طلبي؟", "مرحبا، أين طلبي؟"),
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ("x" * BODY_LIMIT, "x" * BODY_LIMIT),
    ],
)
def test_what_is_kept(raw: str, kept: str) -> None:
    assert clean_body(raw) == kept


@pytest.mark.parametrize("raw", ["", "   \n\t ", "\u200b\u200d\u2060", "\x00", None, 7, ["a"]])
def test_nothing_is_empty(raw: object) -> None:
    with pytest.raises(Invalid) as refused:
        clean_body(raw)
    assert refused.value.code == "empty"
    assert "body" in refused.value.fields


@pytest.mark.parametrize("over", [1, 10 * 1024 * 1024])
def test_too_long_says_by_how_much(over: int) -> None:
    with pytest.raises(Invalid) as refused:
        clean_body("x" * (BODY_LIMIT + over))
    assert refused.value.code == "too_long"
    assert str(over) in str(refused.value.message)


def test_a_subject_is_one_line() -> None:
    assert clean_subject(" two\n lines ") == "two lines"
