"""The desk: Django's admin for editors.

One module per model's screens (episode, finding, note, decision, …), `review/` for the review screen, `history/` for
history pages, `base` for what they share.
"""

import taggit.admin  # noqa: F401 - registers its model, which is unregistered below
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from taggit.models import Tag

from episodes.desk import (
    decision,
    episode,
    finding,
    gloss,
    note,
    people,
    sections_and_items,
    snapshot,
    tag,
)
from episodes.desk.index_order import keep_order
from episodes.desk.search import add_search
from episodes.desk.view_on_site import guard_shortcut
from people.login import LoginForm

# Column headings of Django's index page that Django's Chinese catalogue lacks.
gettext_noop("Model name")
gettext_noop("Add link")
gettext_noop("Change or view list link")

__all__ = [
    "decision",
    "episode",
    "finding",
    "gloss",
    "note",
    "people",
    "sections_and_items",
    "snapshot",
    "tag",
]

admin.site.site_header = admin.site.site_title = "Greenroom"
admin.site.login_form = LoginForm
admin.site.index_title = _("Editors' desk")
# taggit registers its own Tag model; this project has another.
admin.site.unregister(Tag)
keep_order(admin.site)
guard_shortcut(admin.site)
add_search(admin.site)
