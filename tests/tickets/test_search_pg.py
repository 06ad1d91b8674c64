"""The same searches on a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.tickets import test_search as on_sqlite
from tests.tickets.test_search import ticket

__all__ = ["ticket"]
pytestmark = pytest.mark.pg

test_each_kind = on_sqlite.test_each_kind_of_knowledge_finds_it
test_notes = on_sqlite.test_notes_are_never_searched_for_a_buyer
test_follows = on_sqlite.test_the_index_follows_amendments_and_redactions
test_operators = on_sqlite.test_no_operator_comes_from_outside
test_scripts = on_sqlite.test_words_of_other_scripts_and_marks
test_anew = on_sqlite.test_the_index_is_made_anew
