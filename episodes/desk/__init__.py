"""The desk: Django's admin as the place where editors work."""

import taggit.admin  # noqa: F401 - registers its model now, to be taken away below
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from taggit.models import Tag

from episodes.desk import (
    episode,
    people,
    records,
    sections_and_items,
    snapshot,
    tag,
)
from episodes.desk.index_order import keep_order
from episodes.desk.view_on_site import guard_shortcut
from people.login import LoginForm

# Column headings of Django's first page that its own Chinese lacks.
gettext_noop("Model name")
gettext_noop("Add link")
gettext_noop("Change or view list link")

__all__ = ["episode", "people", "records", "sections_and_items", "snapshot", "tag"]

admin.site.site_header = admin.site.site_title = "Greenroom"
admin.site.login_form = LoginForm
admin.site.index_title = _("The desk")
# taggit's own tags: this project has a model of its own.
admin.site.unregister(Tag)
keep_order(admin.site)
guard_shortcut(admin.site)
