"""What the socket promises and refuses, row by row, and the tests that prove it; `tests/docs/test_contract.py` checks
that each of them is there and runs every time."""

from __future__ import annotations

Rows = dict[str, tuple[str, ...]]

# What a client may say (`livechat.protocol`), and what the server says.
ASKED: Rows = {
    "hello": ("test_socket_real.py::test_hello_is_answered_with_where_everything_stands",),
    "sub": ("test_socket_real.py::test_another_persons_stream_does_not_exist",),
    "unsub": ("test_socket_lasting.py::test_after_unsub_nothing_comes",),
    "send": ("test_socket_real.py::test_what_is_sent_is_acknowledged_and_reaches_both_sides",),
    "start": ("test_socket_lasting.py::test_a_chat_is_started_over_the_socket_and_refused_alike",),
    "sync": (
        "test_socket_lasting.py::test_what_was_missed_is_read_from_the_log",
        "test_socket_lasting.py::test_a_batch_is_no_bigger_than_a_frame_may_be",
    ),
    "read": ("test_socket_lasting.py::test_read_marks_grow_and_are_told",),
    "typing": ("test_socket_lasting.py::test_typing_reaches_the_others_and_is_never_stored",),
    "ping": ("test_socket_lasting.py::test_a_ping_tells_the_heads_and_the_layers_epoch",),
    "an unknown one": (
        "test_socket_real.py::test_bad_words_are_refused_one_by_one_and_the_socket_goes_on",
        "test_protocol.py::test_an_unknown_operation_is_refused_with_its_id",
    ),
}
SAID: Rows = {
    "ready": ("test_socket_real.py::test_hello_is_answered_with_where_everything_stands",),
    "subscribed": ("test_socket_lasting.py::test_a_chat_is_started_over_the_socket_and_refused_alike",),
    "reset": (
        "test_socket_lasting.py::test_a_copy_of_another_time_is_reset",
        "test_socket_hard.py::test_an_old_back_up_makes_everyone_fetch_afresh",
    ),
    "ack": (
        "test_socket_real.py::test_what_is_sent_is_acknowledged_and_reaches_both_sides",
        "test_socket_real.py::test_the_same_id_again_is_a_duplicate_and_other_words_are_a_conflict",
    ),
    "nack": (
        "test_protocol.py::test_a_nack_carries_words_code_and_when_to_come_again",
        "test_socket_real.py::test_too_fast_says_when_to_come_again",
    ),
    "ev": ("test_socket_real.py::test_twenty_each_at_once_arrive_everywhere_in_one_order",),
    "batch": ("test_socket_lasting.py::test_what_was_missed_is_read_from_the_log",),
    "read": ("test_socket_lasting.py::test_read_marks_grow_and_are_told",),
    "typing": ("test_socket_lasting.py::test_typing_reaches_the_others_and_is_never_stored",),
    "changed": ("test_socket_lasting.py::test_topics_hint_to_look_again",),
    "pong": ("test_socket_lasting.py::test_a_ping_tells_the_heads_and_the_layers_epoch",),
    "presence": ("test_from_outside.py::test_staff_see_that_the_buyer_is_there_and_buyers_see_nobody",),
    "bye": ("test_socket_real.py::test_a_bad_beginning_ends_it",),
}

# Every close code; that a `bye` with the same code comes before it is checked by `tests.wsclient` at every close.
CLOSED: Rows = {
    "4400": (
        "test_socket_real.py::test_a_bad_beginning_ends_it",
        "test_socket_real.py::test_binary_frames_and_a_second_hello_end_it",
    ),
    "4401": (
        "test_socket_real.py::test_a_ticket_is_good_once",
        "test_socket_lasting.py::test_logging_out_closes_the_sockets_at_once",
        "test_connection.py::test_a_session_that_ended_is_found_by_looking_again",
    ),
    "4403": (
        "test_from_outside.py::test_a_log_in_whose_access_was_ended_is_forbidden",
        "test_connection.py::test_an_access_that_was_ended_is_found_by_looking_again",
    ),
    "4404": ("test_from_outside.py::test_where_nothing_is_of_what_was_asked_for",),
    "4408": (
        "test_socket_real.py::test_silence_at_the_door_ends_it",
        "test_connection.py::test_a_socket_that_says_nothing_is_closed",
        "test_flow.py::test_a_client_that_never_says_what_it_holds_is_closed",
    ),
    "4413": ("test_socket_real.py::test_a_bad_beginning_ends_it",),
    "4426": ("test_socket_real.py::test_a_bad_beginning_ends_it",),
    "4429": (
        "test_socket_real.py::test_frames_without_end_are_refused_and_then_the_socket_ends",
        "test_socket_lasting.py::test_a_person_has_at_most_ten_sockets",
    ),
    "4500": ("test_connection.py::test_a_failed_operation_poisons_the_socket",),
    "4503": (
        "test_drain.py::test_sigterm_sees_everyone_off_and_loses_nothing",
        "test_flow.py::test_a_server_that_leaves_tells_everyone_and_takes_nobody_in",
        "test_flow.py::test_a_socket_is_asked_to_come_anew_after_some_hours",
    ),
}

LIMITS: Rows = {
    "8,000 characters": (
        "test_socket_real.py::test_bad_words_are_refused_one_by_one_and_the_socket_goes_on",
        "test_protocol.py::test_eight_thousand_emoji_fit",
    ),
    "a frame of 32 KiB": (
        "test_protocol.py::test_a_frame_over_32_kib_is_too_large",
        "test_socket_real.py::test_a_bad_beginning_ends_it",
    ),
    "a visitor: 5 at once, 1 a second": (
        "test_limits.py::test_all_sockets_of_a_person_share_one_measure",
        "test_protocol.py::test_a_bucket_gives_its_burst_then_its_rate",
        "test_socket_real.py::test_too_fast_says_when_to_come_again",
    ),
    "staff: 20 at once, 5 a second": (
        "test_limits.py::test_all_sockets_of_a_person_share_one_measure",
        "test_limits.py::test_the_figures_are_those_that_are_told",
    ),
    "20 frames a second": (
        "test_limits.py::test_the_figures_are_those_that_are_told",
        "test_socket_real.py::test_frames_without_end_are_refused_and_then_the_socket_ends",
    ),
    "10 sockets a person": ("test_socket_lasting.py::test_a_person_has_at_most_ten_sockets",),
    "3 new chats of a visitor in 10 minutes": (
        "test_sessions.py::test_one_chat_after_the_other_until_it_is_too_fast",
        "widget/test_doors.py::test_three_chats_of_a_visitor_in_ten_minutes",
    ),
    "10 new chats of an address in 10 minutes": (
        "test_limits.py::test_so_many_chats_begin_from_one_address_and_no_more",
        "widget/test_doors.py::test_ten_chats_of_an_address_in_ten_minutes",
    ),
    "200 events beyond what is held": (
        "test_flow.py::test_no_more_than_200_go_out_beyond_what_the_client_holds",
    ),
    "5 seconds for the hello, 60 of silence": (
        "test_socket_real.py::test_silence_at_the_door_ends_it",
        "test_connection.py::test_a_socket_that_says_nothing_is_closed",
    ),
    "moved after 4 h, give or take 30 min": ("test_flow.py::test_four_hours_give_or_take_half_an_hour",),
}

WHO: Rows = {
    "another origin": (
        "test_socket_real.py::test_another_origin_is_refused_before_the_handshake",
        "test_socket_hard.py::test_no_address_that_only_looks_like_ours",
    ),
    "no ticket, or none that is one": ("test_socket_hard.py::test_no_ticket_that_is_none_opens_anything",),
    "a cookie alone": ("test_socket_hard.py::test_a_cookie_alone_opens_nothing",),
    "a used ticket": ("test_socket_real.py::test_a_ticket_is_good_once",),
    "an expired ticket": ("test_socket_hard.py::test_a_ticket_that_grew_old_is_none",),
    "a ticket of a session that ended": (
        "test_socket_lasting.py::test_a_used_session_that_was_ended_gets_no_socket",
    ),
    "a forged, expired or replaced access": (
        "test_from_outside.py::test_no_forged_or_ended_access_opens_the_socket",
        "widget/test_identity.py::test_an_access_is_signed_and_short",
    ),
    "a forged JWT: none, another key, too far ahead": (
        "test_from_outside.py::test_no_forged_identity_is_anybody",
        "widget/test_identity.py::test_no_algorithm_but_the_one",
        "widget/test_identity.py::test_bad_identities_are_refused",
        "widget/test_identity.py::test_times_are_near",
    ),
    "a replayed jti": (
        "test_from_outside.py::test_an_identity_is_good_once_and_ends_the_old_access",
        "widget/test_identity.py::test_an_identity_is_good_once",
    ),
    "two live secrets": ("widget/test_identity.py::test_two_keys_are_good_at_a_time",),
    "unsigned where identity is required": (
        "widget/test_identity.py::test_unsigned_visitors_are_refused_where_identity_is_required",
    ),
    "a merge moves that visitor's talks alone": (
        "widget/test_identity.py::test_a_merge_moves_that_visitors_words_alone",
        "widget/test_identity.py::test_a_typed_address_is_a_label",
    ),
    "another visitor's stream": (
        "test_from_outside.py::test_a_visitor_hears_their_own_talk_and_no_other",
        "test_socket_real.py::test_another_persons_stream_does_not_exist",
        "widget/test_doors.py::test_another_visitors_talk_is_not_there",
    ),
    "the staff stream by a buyer": (
        "test_socket_real.py::test_the_staff_stream_never_reaches_a_buyer",
        "test_from_outside.py::test_where_nothing_is_of_what_was_asked_for",
    ),
    "script in names, addresses and messages": (
        "test_socket_hard.py::test_script_stays_text_in_names_words_and_ids",
        "test_from_outside.py::test_script_of_a_visitor_is_text_for_the_agent",
        "widget/test_doors.py::test_context_reaches_the_agent_as_text",
    ),
    "frames at random": ("test_socket_hard.py::test_frames_at_random_get_a_nack_or_a_close_code",),
    "who may frame the widget": ("widget/test_pages.py::test_only_the_shops_own_origins_may_frame_it",),
    "files, by the visitor's right alone": ("widget/test_doors.py::test_files_by_the_visitors_right_alone",),
}

# A chat's life: from a state, on what, to a state.
LIFE: Rows = {
    "in hours, not full, not late: waiting": ("test_states.py::test_every_row_of_the_table",),
    "closed, holiday, full, too late: a ticket": (
        "test_doors.py::test_a_closed_desk_is_closed_at_every_door",
        "test_doors.py::test_the_words_that_a_closed_desk_kept_become_a_ticket",
        "test_sessions.py::test_a_full_queue_is_refused",
        "test_sessions.py::test_the_last_five_minutes_take_nobody_new",
        "test_every_door.py::test_no_chat_starts_when_the_desk_is_closed",
    ),
    "the router finds an agent": (
        "test_router.py::test_who_is_there_has_half_a_minute",
        "test_router.py::test_automatic_accept_is_at_once",
    ),
    "accepted, or the first message": ("test_router.py::test_the_first_message_accepts",),
    "missed or declined; two misses: away": (
        "test_router.py::test_missed_goes_to_the_next_and_keeps_its_place",
        "test_router.py::test_declined_goes_to_the_next_and_is_no_miss",
        "test_router.py::test_two_misses_in_a_row_are_away",
    ),
    "nobody for 3 and 15 minutes": ("test_life.py::test_nobody_there_offers_a_ticket_and_then_makes_it",),
    "the buyer is gone": ("test_life.py::test_a_buyer_who_is_gone_finds_a_ticket",),
    "the agent is gone": (
        "test_life.py::test_a_lost_agent_gives_the_chat_back_before_all_others",
        "test_life.py::test_what_the_lost_agent_still_sends_is_refused",
    ),
    "the agent goes home or is sent away": ("test_leaving.py::test_a_talk_waits_before_all_others",),
    "the buyer is silent": ("test_life.py::test_a_silent_buyer_is_asked_and_then_the_chat_ends",),
    "handed to an agent": ("test_states.py::test_every_row_of_the_table",),
    "handed to a team; closed or empty": (
        "test_states.py::test_what_a_hand_over_to_a_team_leaves",
        "test_states.py::test_a_team_that_is_closed_gets_a_ticket_though_its_people_are_there",
    ),
    "ended by either: wrap-up, then ended": (
        "test_sessions.py::test_either_side_ends_it_once",
        "test_router.py::test_no_more_than_they_hold_with_wrap_up",
        "test_states.py::test_a_chat_that_is_over_is_marked",
    ),
    "the buyer writes again": ("test_states.py::test_every_row_of_the_table",),
    "T-10, T-5, T, T+15": (
        "test_closing.py::test_both_sides_are_told_ten_minutes_before",
        "test_closing.py::test_who_waits_at_closing_has_a_ticket_with_its_promise",
        "test_closing.py::test_a_talk_goes_on_for_a_quarter_and_keeps_its_agent_and_words",
        "test_closing.py::test_nobody_is_accepted_after_closing",
        "test_states.py::test_nobody_is_given_a_talk_after_closing",
        "test_life.py::test_an_agent_lost_after_closing_is_replaced_by_nobody",
    ),
    "a holiday, and one that is added now": (
        "test_closing.py::test_a_holiday_is_a_closing_at_its_first_instant",
        "test_closing.py::test_a_holiday_added_today_gives_ten_minutes",
        "test_closing.py::test_a_desk_closed_by_hand_gives_the_notice_that_was_chosen",
    ),
    "a worker that was down": (
        "test_closing.py::test_a_worker_that_was_down_sees_to_what_is_overdue_in_order",
        "test_closing.py::test_a_chat_that_a_dead_worker_left_open_is_in_nobodys_way",
    ),
    "exactly once": (
        "test_closing_once.py::test_two_workers_at_once_close_each_chat_once",
        "test_closing_once.py::test_a_worker_killed_in_the_middle_is_followed_by_another",
    ),
    "available: switched on, heard of, in hours, at the claim": (
        "test_router.py::test_nobody_there_is_asked_nothing",
        "test_router.py::test_who_left_between_the_look_and_the_claim_is_given_nothing",
        "test_router.py::test_from_closing_on_nobody_is_asked",
    ),
    "shopper, skills, least loaded, longest idle": (
        "test_choice.py::test_who_is_asked_first",
        "test_router.py::test_skills_and_the_shopper_come_first",
    ),
    "capacity under lock, six routers": (
        "test_at_once.py::test_six_routers_give_nobody_more_than_they_hold",
        "test_at_once.py::test_a_router_and_a_hand_count_the_same_places",
    ),
    "one open session a visitor and desk": (
        "test_sessions.py::test_a_second_chat_with_the_desk_names_the_first",
        "test_sessions.py::test_two_tabs_start_at_once_and_there_is_one_chat",
    ),
}

EVERY: dict[str, Rows] = {
    "asked": ASKED, "said": SAID, "closed": CLOSED, "limits": LIMITS, "who": WHO, "life": LIFE,
}  # fmt: skip
