"""The desk: Django's admin as the place where editors work."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from episodes.admin import episode, items, records, tags

__all__ = ["episode", "items", "records", "tags"]

admin.site.site_header = admin.site.site_title = "Greenroom"
admin.site.index_title = _("The desk")
