"""The contract of the socket and of a chat's life is proved row by row, by tests that are there and run every time."""

from __future__ import annotations

import pytest

from livechat import protocol
from tests.docs.test_faults import marks_of
from tests.livechat.contract import ASKED, CLOSED, EVERY

ROWS = [(f"{part}: {row}", proofs) for part, rows in EVERY.items() for row, proofs in rows.items()]


@pytest.mark.parametrize("row, proofs", ROWS, ids=[name for name, _ in ROWS])
def test_each_row_is_proved_by_what_there_is(row: str, proofs: tuple[str, ...]) -> None:
    assert proofs
    for proof in proofs:
        file, _, function = proof.partition("::")
        assert marks_of(file if "/" in file else f"livechat/{file}").get(function), (row, proof)


def test_no_operation_and_no_close_code_is_left_out() -> None:
    assert set(protocol._READERS) <= set(ASKED)
    codes = {value for value in vars(protocol).values() if isinstance(value, int) and 4000 <= value < 5000}
    assert {str(code) for code in codes} == set(CLOSED)
