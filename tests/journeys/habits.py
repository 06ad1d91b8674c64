"""The twelve habits of the console that agents want to live in, and the journey in a real browser that proves each."""

from __future__ import annotations

HABITS = {
    "sorted by what is due next, and why then": ("test_receipt.py", "test_queue.py"),
    "live: everything appears by itself": ("test_story.py", "steps_talk.py"),
    "drafts, found in another browser": ("test_writing.py::_draft_is_found_elsewhere",),
    "undo within ten seconds": ("test_writing.py::_sent_and_taken_back",),
    "others: who looks, who writes, replies that cross": (
        "test_writing.py::_a_colleague_sees_it",
        "test_writing.py::_two_replies_cross",
    ),
    "macros show what they do before they do it": (
        "test_writing.py::_a_macro_says_what_it_does",
        "test_writing.py::_a_macro_goes_in_from_the_palette",
    ),
    "answers are suggested and put in": ("test_writing.py::_a_macro_goes_in_from_the_palette",),
    "escalate, with the time told to the buyer": ("steps_later.py::a_specialist_answers",),
    "the order panel acts": ("test_returns.py",),
    "many at once, merge, split, views, search": (
        "test_queue.py::_changes_many",
        "test_queue.py::_keeps_a_view",
        "test_acts.py::test_merge_undo_amend_and_redact",
    ),
    "keys alone, from sign-in to solved": ("test_queue.py::test_from_sign_in_to_solved_by_keys_alone",),
    "honest about the line, and nothing typed is lost": ("test_writing.py::_the_line_goes_in_the_middle",),
}
