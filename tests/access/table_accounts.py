"""The log-in library's pages: the door is ours to place, what stands behind it is the library's.

Columns: visitor, stranger, buyer, admin. Everybody has just given their password; `in` for a visitor who comes
to a step without having begun it.
"""

from __future__ import annotations

from dataclasses import replace

from tests.access.notation import GET, LIBRARY_ROLES, POST, Row

A = "accounts/"
SIGN_UP = {"name": "Zoe", "email": "zoe@example.com", "phone": "+14155550177", "password1": "a-long-pass-9"}
VISITORS_ONLY = "200 302 302 302"
SIGNED_IN = "in 200 200 200"
LEADS_ON = "in 302 302 302"
ELSEWHERE = "302"
NOT_MADE = "in 404 404 404"
_ROWS = [
    Row(GET, A + "login/", VISITORS_ONLY),
    Row(POST, A + "login/", VISITORS_ONLY, body={"login": "zoe@example.com", "password": "wrong"}),
    Row(GET, A + "logout/", "302 200 200 200"),
    Row(POST, A + "logout/", ELSEWHERE),
    Row(GET, A + "inactive/", "200"),
    Row(GET, A + "signup/", VISITORS_ONLY),
    Row(POST, A + "signup/", ELSEWHERE, body=SIGN_UP),
    Row(GET, A + "reauthenticate/", SIGNED_IN),
    Row(POST, A + "reauthenticate/", SIGNED_IN, body={"password": "wrong"}),
    Row(GET, A + "email/", SIGNED_IN),
    Row(POST, A + "email/", LEADS_ON, body={"action_add": "", "email": "new@example.com"}),
    Row(GET, A + "confirm-email/", "in 302 302 302"),
    Row(POST, A + "confirm-email/", "in 302 302 302", body={"code": "000000"}),
    Row(GET, A + "password/change/", SIGNED_IN),
    Row(POST, A + "password/change/", SIGNED_IN, body={"oldpassword": "wrong"}),
    Row(GET, A + "password/set/", LEADS_ON),
    Row(
        POST, A + "password/set/", LEADS_ON, body={"password1": "a-long-pass-9", "password2": "a-long-pass-9"}
    ),
    Row(GET, A + "password/reset/", "200"),
    Row(POST, A + "password/reset/", "302", body={"email": "zoe@example.com"}),
    Row(GET, A + "password/reset/confirm/", "in"),
    Row(POST, A + "password/reset/confirm/", "in", body={"code": "000000"}),
    Row(GET, A + "password/reset/complete/", "302"),
    Row(POST, A + "password/reset/complete/", "302"),
    Row(GET, A + "password/reset/done/", "200"),
    Row(GET, A + "login/code/confirm/", "in 302 302 302"),
    Row(POST, A + "login/code/confirm/", "in 302 302 302", body={"code": "000000"}),
    Row(GET, A + "phone/verify/", "in 302 302 302"),
    Row(POST, A + "phone/verify/", "in 302 302 302", body={"code": "000000"}),
    Row(GET, A + "phone/change/", SIGNED_IN),
    Row(POST, A + "phone/change/", SIGNED_IN, body={"phone": "none"}),
    Row(GET, A + "2fa/", SIGNED_IN),
    Row(GET, A + "2fa/authenticate/", "in 302 302 302"),
    Row(POST, A + "2fa/authenticate/", "in 302 302 302", body={"code": "000000"}),
    Row(GET, A + "2fa/reauthenticate/", "in re re re"),
    Row(POST, A + "2fa/reauthenticate/", "in re re re", body={"code": "000000"}),
    Row(GET, A + "2fa/totp/activate/", SIGNED_IN),
    Row(POST, A + "2fa/totp/activate/", SIGNED_IN, body={"code": "000000"}),
    Row(GET, A + "2fa/totp/deactivate/", NOT_MADE),
    Row(POST, A + "2fa/totp/deactivate/", NOT_MADE),
    Row(GET, A + "2fa/recovery-codes/", NOT_MADE),
    Row(GET, A + "2fa/recovery-codes/generate/", SIGNED_IN),
    Row(POST, A + "2fa/recovery-codes/generate/", SIGNED_IN),
    Row(GET, A + "2fa/recovery-codes/download/", NOT_MADE),
    Row(GET, A + "2fa/webauthn/", SIGNED_IN),
    Row(GET, A + "2fa/webauthn/add/", SIGNED_IN),
    Row(POST, A + "2fa/webauthn/add/", SIGNED_IN, body={"name": "Key", "credential": ""}),
    Row(GET, A + "2fa/webauthn/reauthenticate/", "in re re re"),
    Row(POST, A + "2fa/webauthn/reauthenticate/", "in re re re", body={"credential": ""}),
    Row(GET, A + "2fa/webauthn/keys/<int:pk>/remove/", "in 404 404 404", at="passkey"),
    Row(POST, A + "2fa/webauthn/keys/<int:pk>/remove/", "in 404 404 404", at="passkey"),
    Row(GET, A + "2fa/webauthn/keys/<int:pk>/edit/", "in 404 404 404", at="passkey"),
    Row(
        POST,
        A + "2fa/webauthn/keys/<int:pk>/edit/",
        "in 404 404 404",
        at="passkey",
        body={"name": "Other"},
    ),  # fmt: skip
    Row(GET, A + "2fa/webauthn/login/", "in 302 302 302"),
    Row(POST, A + "2fa/webauthn/login/", "in 302 302 302", body={"credential": ""}),
    Row(GET, A + "sessions/", SIGNED_IN),
    Row(POST, A + "sessions/", "in 302 302 302"),
]
ROWS = [replace(row, roles=LIBRARY_ROLES) for row in _ROWS]
