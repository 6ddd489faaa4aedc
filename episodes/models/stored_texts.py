"""HTML of an episode's short Markdown texts, made before a visitor asks."""

from __future__ import annotations

from django.db import models

from episodes.models.episode import Episode


class StoredTexts(models.Model):
    """Rendered summary, remark, takeaways and headings of a public episode.

    Derived: `episodes.derived` alone writes it, and each text is used only with the digest of what it was made from.
    """

    episode = models.OneToOneField(Episode, models.CASCADE, primary_key=True, related_name="stored_texts")
    # Of the summary and the version of the renderer.
    digest = models.CharField(max_length=40)
    # The beginning of the summary as one line without markup, for cards and descriptions.
    line = models.TextField(blank=True)
    # {digest: HTML, or the plain text of a heading} of everything on the page.
    texts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.digest}"
