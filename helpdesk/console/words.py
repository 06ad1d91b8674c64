"""Words of the console that its templates look up."""

from django.utils.translation import gettext_lazy

# Where a search found what was looked for.
FOUND_BY = {
    "number": gettext_lazy("Number"),
    "order": gettext_lazy("Order number"),
    "parcel": gettext_lazy("Tracking number"),
    "item": gettext_lazy("Item"),
    "person": gettext_lazy("Buyer"),
    "subject": gettext_lazy("Subject"),
    "said": gettext_lazy("Said"),
    "noted": gettext_lazy("Noted"),
}
