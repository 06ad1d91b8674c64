"""What each store calls a late parcel: the rules as a table, tried before they are saved, with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import now
from core.db import retrying
from core.errors import Conflict, Invalid
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules.told import go_to, tell
from orders.actions import save_parcel_rules
from orders.carriers import CARRIERS
from orders.models import ParcelRules, Store
from orders.queries import access_store, visible_stores
from orders.watch import DEFAULTS, HOUR, KINDS, THEN, UNITS, Rules, check_rules, rules_of_spec
from orders.watch_queries import rules_of, try_rules, versions_of
from orders.watch_words import RULES
from orders.watch_words import THEN as THEN_WORDS

Shown = dict[str, Any]
SPARE = 2  # empty rows for carriers
MOST_CARRIERS = 40


@require_GET
def stores(request: HttpRequest) -> HttpResponse:
    """The first store's rules: most shops have one."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    first = visible_stores(request.actor).first()  # type: ignore[attr-defined]
    if first is None:
        return render(request, "rules/parcels.html", {"tab": "parcels", "stores": []})
    return redirect("rules:parcels-store", first.code)


@require_http_methods(["GET", "POST"])
def store(request: HttpRequest, code: str) -> HttpResponse:
    """One store's rules; posted, they are tried (`op=look`) or saved."""
    actor = request.actor  # type: ignore[attr-defined]
    check_manager(actor)
    found = access_store(actor, code)
    if request.method == "GET":
        return _page(request, found, _typed_of(rules_of(found.pk)), {})
    typed = _typed(request.POST)
    try:
        if request.POST.get("op") == "save":
            seen = request.POST.get("version", "")
            saved = retrying(
                save_parcel_rules,
                actor=actor,
                store=code,
                spec=_spec(typed),
                expected_version=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
            )
            tell(
                request,
                _("Saved: version %(n)d. Parcels under way are looked at again.") % {"n": saved.version},
            )
            return go_to(request, "rules:parcels-store", code)
        rules = check_rules(_spec(typed), CARRIERS)
    except Invalid as error:
        return _page(request, found, typed, {"problems": error.fields, "refusal": error.message}, 400)
    except Conflict as error:
        return _page(request, found, typed, {"refusal": error.message}, 409)
    return _page(request, found, typed, {"tried": _tried(found, rules)})


def _page(request: HttpRequest, found: Store, typed: Shown, shown: Shown, status: int = 200) -> HttpResponse:
    now_in_force = rules_of(found.pk)
    problems: Mapping[str, Any] = shown.get("problems", {})
    context = {
        "tab": "parcels",
        "store": found,
        "stores": list(visible_stores(request.actor)),  # type: ignore[attr-defined]
        "version": request.POST.get("version") or now_in_force.version,
        "rows": [_row(kind, typed, problems) for kind in KINDS],
        "carriers": _carrier_rows(typed["carriers"], problems),
        "known_carriers": sorted((one.name, code) for code, one in CARRIERS.items()),
        "then": [(code, THEN_WORDS[code]) for code in THEN],
        "versions": [_version(row) for row in versions_of(found)],
        **shown,
    }
    return render(request, "rules/parcels.html", context, status=status)


def _row(kind: str, typed: Shown, problems: Mapping[str, Any]) -> Shown:
    one = typed["kinds"][kind]
    unit = UNITS.get(kind)
    return {
        "kind": kind,
        "title": RULES[kind],
        "after": one["after"],
        "unit": "" if unit is None else "hours" if unit is HOUR else "days",
        "then": one["then"],
        "wrong": [*problems.get(f"kinds.{kind}.after", ()), *problems.get(f"kinds.{kind}.then", ())],
    }


def _carrier_rows(given: list[tuple[str, str]], problems: Mapping[str, Any]) -> list[Shown]:
    rows = [*given, *[("", "")] * SPARE]
    return [
        {"n": n, "carrier": carrier, "days": days, "wrong": list(problems.get(f"carriers.{carrier}", ()))}
        for n, (carrier, days) in enumerate(rows)
    ]


def _typed_of(rules: Rules) -> Shown:
    kinds = {kind: {"after": str(one.after), "then": one.then} for kind, one in rules.kinds.items()}
    return {"kinds": kinds, "carriers": [(code, str(days)) for code, days in rules.carriers.items()]}


def _typed(post: QueryDict) -> Shown:
    """What was typed, as it was typed."""
    kinds = {
        kind: {
            "after": post.get(f"after_{kind}", str(DEFAULTS[kind].after)).strip()[:9],
            "then": post.get(f"then_{kind}", DEFAULTS[kind].then)[:9],
        }
        for kind in KINDS
    }
    rows = [
        (post.get(f"carrier_{n}", "")[:40], post.get(f"days_{n}", "").strip()[:9])
        for n in range(MOST_CARRIERS)
    ]
    return {"kinds": kinds, "carriers": [row for row in rows if row[0]]}


def _spec(typed: Shown) -> Shown:
    kinds = {
        kind: {"after": _number(one["after"]), "then": one["then"]} for kind, one in typed["kinds"].items()
    }
    return {"kinds": kinds, "carriers": {code: _number(days) for code, days in typed["carriers"]}}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _tried(found: Store, rules: Rules) -> Shown:
    """How many parcels the rules would call late beside how many are called so now."""
    at = now()
    then, whole = try_rules(found, rules, at)
    today, _whole = try_rules(found, rules_of(found.pk), at)
    rows = [
        {"title": RULES[kind], "now": today[kind], "then": then[kind], "more": then[kind] - today[kind]}
        for kind in KINDS
        if then[kind] or today[kind]
    ]
    return {"rows": rows, "whole": whole}


def _version(row: ParcelRules) -> Shown:
    """A version with what it said otherwise than the defaults."""
    rules = rules_of_spec(row.rules)
    changed = [
        (RULES[kind], one.after, UNITS.get(kind) is HOUR, UNITS.get(kind) is not None, THEN_WORDS[one.then])
        for kind, one in rules.kinds.items()
        if one != DEFAULTS[kind]
    ]
    slow = [(CARRIERS[code].name, days) for code, days in rules.carriers.items() if code in CARRIERS]
    return {"row": row, "changed": changed, "carriers": slow}
