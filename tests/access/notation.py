"""How a row of the table is written, and what each of its cells expects.

    Row(GET, "api/v1/tickets/<int:number>/", "401 404 200 200 404 404 200 200", at="ticket")

The eight answers belong, in this order, to the `ROLES` below. An answer is a status, or
`in` (sent to sign in), or `re` (asked for the password again). Tokens follow from it, unless the row says
otherwise: an agent's token with just the scope that the door names does what the agent does; one with every other
scope is refused (`scope`); a buyer's token does what the buyer does; a revoked one is 401. Pages know no tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

GET, POST, PUT, PATCH, DELETE = "GET", "POST", "PUT", "PATCH", "DELETE"
METHODS = (GET, POST, PUT, PATCH, DELETE)
ROLES = ("visitor", "stranger", "buyer", "agent", "other", "specialist", "manager", "admin")
TOKENS = ("token", "no_scope", "buyer_token", "revoked")
LIBRARY_ROLES = ("visitor", "stranger", "buyer", "admin")  # the log-in library knows no teams
WAYS_IN = {"in": "/accounts/login/", "re": "/accounts/reauthenticate/"}
Body = dict[str, Any] | Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One door (route and method) as one thing is asked of it.

    `at` names the thing of the world that fills the route's parameters; `body` is JSON under /api/, else a form;
    `before` names steps of the world that are done first; `why` tells rows of the same door apart.
    """

    method: str
    route: str
    answers: str
    at: str = ""
    body: Body | None = None
    query: Body | None = None
    before: str = ""
    why: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    leaves: frozenset[str] = frozenset()  # tables in which a look leaves who looked
    form: bool = False  # the body is a form although the door is the API's
    settings: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ROLES

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}" + (f" ({self.why})" if self.why else "")

    def expected(self, needed: str | None) -> dict[str, str]:
        """The answer by role; `needed` is the scope that the door asks of a token."""
        given = self.answers.split()
        if len(given) == 1:
            given *= len(self.roles)
        assert len(given) == len(self.roles), f"{self.name}: {len(given)} answers for {len(self.roles)} roles"
        by_role = dict(zip(self.roles, given, strict=True))
        if self.roles != ROLES:
            return by_role
        if not self.is_api:
            return {**by_role, "token": by_role["visitor"], **self.tokens}
        tokens = {
            "token": by_role["agent"],
            "no_scope": "403" if needed else by_role["agent"],
            "buyer_token": by_role["buyer"],
            "revoked": "401",
        }
        return {**by_role, **tokens, **self.tokens}


@dataclass(frozen=True)
class Cell:
    """One request of the table and the answer that it must get."""

    row: Row
    role: str
    answer: str
    scope: str | None

    @property
    def is_refusal(self) -> bool:
        return self.answer in WAYS_IN or (self.answer.isdigit() and int(self.answer) >= 400)


def cells(rows: list[Row], scope_of: Callable[[Row], str | None]) -> Iterator[Cell]:
    """Every row by every role."""
    for row in rows:
        needed = scope_of(row)
        for role, answer in row.expected(needed).items():
            yield Cell(row, role, answer, needed)
