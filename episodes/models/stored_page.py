"""State of the public site and the index of stored pages. Their bytes are kept elsewhere (episodes/site/store).

Writers of public content change these rows in their own transaction (episodes/derived/public_changes.py), so that a
stored page is gone with the commit of the change.
"""

from __future__ import annotations

from django.db import models

from episodes.bases.fields import LongTextField


class SiteRevision(models.Model):
    """The only row (key 1) that a request reads to know whether a stored page still holds.

    revision    raised by each public change
    changed_at  time of the last one
    sections    names of the menu's sections, separated by spaces; a page with another menu does not hold
    details     what else pages need of the whole site (episodes/site/contexts/site_state.py)

    `sections` and `details` are computed at this revision by the first request that needs them, and null until then.
    """

    KEY = 1

    revision = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()
    sections = models.CharField(max_length=100, null=True)  # noqa: DJ001  # null is not yet known, "" is none
    details = models.JSONField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"revision {self.revision}"


class StoredPage(models.Model):
    """A page that was rendered once, by its address.

    address      path with the sorted known query parameters
    digest       SHA-256 of the body, under which the bytes are stored
    headers      those of the response, without ETag, length and encoding
    revision     of the site for pages that every public change may alter; null for pages with keys (StoredPageKey)
    valid_until  seconds since 1970: the next midnight or scheduled publication that alters the page, at most a week
    sections     those of the menu on the page
    made_by      version of the code and settings that rendered it
    """

    address = models.CharField(primary_key=True, max_length=500)
    digest = models.CharField(max_length=64)
    headers = models.JSONField()
    revision = models.BigIntegerField(null=True, db_index=True)
    valid_until = models.FloatField()
    sections = models.CharField(max_length=100, blank=True)
    made_by = models.CharField(max_length=32)
    made_at = models.DateTimeField(db_index=True)
    has_query = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.address


class StoredPageKey(models.Model):
    """A thing that a stored page shows. Without foreign key: both are deleted together by `forget`."""

    address = models.CharField(max_length=500, db_index=True)
    key = models.CharField(max_length=320, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.address} {self.key}"


class PublicKeys(models.Model):
    """Keys of what an episode showed when it was last public: a name that was removed has a page that listed it."""

    episode = models.OneToOneField("episodes.Episode", models.CASCADE, primary_key=True, related_name="public_keys")
    keys = LongTextField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"
