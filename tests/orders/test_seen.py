"""The numbers that a file has named, in little memory."""

from __future__ import annotations

import tracemalloc

from orders.imports.seen import Seen


def test_numbers_that_a_file_named_take_few_bytes() -> None:
    seen, many = Seen(), 20_000
    tracemalloc.start()
    assert not any(seen.is_apart(f"A-{n}", ("x", n)) for n in range(many))
    took = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert (len(seen), took < 32 * many) == (many, True)
    assert not any(seen.is_apart(f"A-{n}", ("x", n)) for n in range(0, many, 7))
    assert all(seen.is_apart(f"A-{n}", ("y", n)) for n in range(0, many, 7))
