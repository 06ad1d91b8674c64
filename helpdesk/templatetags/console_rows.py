"""The rows of the console's queue. A pane of a hundred is drawn on every change of the desk: what all rows have
alike is filled in once for the list, the rest is one format for each row, with its values escaped."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.console.queries import Row
from tickets.words import STATUS_NAMES, name_of

register = template.Library()

# «name» is filled in for the list, {name} for each row.
ROW = (
    '<div class="row-w"><input type="checkbox" class="choose" form="bulk" name="tickets" value="{public_id}"'
    ' data-choose="{number}" aria-label="«choose»"><a class="row-t{new}" href="«page»" hx-get="«panes»"'
    ' hx-target="#panes" hx-push-url="«page»" data-number="{number}"{current}>{shape}<span class="who">'
    '<span class="cut" dir="auto">{name}</span>{dot}</span>{left}<span class="sub"><span class="num">{number}</span>'
    '<span class="cut" dir="auto">{subject}</span></span></a></div>'
)
TIME = (
    '<time class="left {state} num" datetime="{due}" data-countdown data-short data-due="{due}"'
    ' data-state="running"></time>'
)
WARNED_TIME = TIME.replace(" data-state", ' data-warn="{warn}" data-state')
A_NUMBER = 987654321  # stands in addresses where the row's goes
NOTHING = SafeString("")
NEW = SafeString(" new")
CURRENT = SafeString(' aria-current="true"')


class _Alike:
    """What the rows of one list share, in the reader's language."""

    def __init__(self, query: str) -> None:
        page = reverse("console:ticket", args=[A_NUMBER]).replace(str(A_NUMBER), "{number}")
        self.row = _filled(
            ROW,
            page=page + (f"?{_plain(query)}" if query else ""),
            panes=reverse("console:panes", args=[A_NUMBER]).replace(str(A_NUMBER), "{number}"),
            choose=_plain(_("Choose #%(number)s")).replace("%(number)s", "{number}"),
        )
        self.dot = format_html('<span class="dot" title="{}"></span>', _("Waits for an answer"))
        self.paused = format_html('<span class="left paused">{}</span>', _("Paused"))
        self.none = format_html('<span class="left none">{}</span>', _("no clock"))
        self._shape = get_template("console/_shape.html")
        self._shapes: dict[str, str] = {}

    def shape(self, state: str) -> str:
        if state not in self._shapes:
            self._shapes[state] = self._shape.render({"state": state})
        return self._shapes[state]

    def left(self, row: Row) -> SafeString:
        """When it is due, or why nothing is."""
        if row.state == "paused":
            return self.paused
        if row.clock and row.clock.due:
            due, warn = row.clock.due.isoformat(), row.clock.warn_at
            if warn is None:
                return format_html(TIME, state=row.state, due=due)
            return format_html(WARNED_TIME, state=row.state, due=due, warn=warn.isoformat())
        if not row.ticket.is_live:
            return format_html('<span class="left none">{}</span>', name_of(STATUS_NAMES, row.ticket.status))
        return self.none


def _plain(words: str) -> str:
    """Text that stands in a format: escaped, and its braces mean themselves."""
    return format_html("{}", words).replace("{", "{{").replace("}", "}}")


def _filled(markup: str, **parts: str) -> str:
    for name, part in parts.items():
        markup = markup.replace(f"«{name}»", part)
    return markup


@register.simple_tag
def rows_html(rows: Iterable[Row], query: str = "", at: int = 0) -> SafeString:
    """The rows of one list. `query`: how an address names the list; `at`: the number that is open."""
    alike = _Alike(query)
    return format_html_join("", "{}", ((_row(row, alike, row.ticket.pk == at),) for row in rows))


def _row(row: Row, alike: _Alike, is_open: bool) -> SafeString:
    ticket = row.ticket
    return format_html(
        alike.row,
        public_id=ticket.public_id,
        number=ticket.number,
        new=NEW if ticket.is_new else NOTHING,
        current=CURRENT if is_open else NOTHING,
        shape=alike.shape(row.state),
        name=ticket.requester,
        dot=alike.dot if ticket.is_new else NOTHING,
        left=alike.left(row),
        subject=ticket.subject,
    )
