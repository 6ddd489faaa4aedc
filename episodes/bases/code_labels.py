"""Labels of codes: findings, statuses, dialects, and the reasons that the workflow records itself.

Everything here is lazy or translated when it is shown, so that no label is kept in the language of an earlier request.
"""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from episodes.bases.reviewable import RejectCode, Status

# Every finding code; a test compares this list with the codes used in the project.
FINDING_CODES: dict[str, Any] = {
    # header
    "no-title": gettext_lazy("Title missing"),
    "no-source": gettext_lazy("Source missing"),
    "no-summary": gettext_lazy("Summary missing"),
    "no-speaker": gettext_lazy("No speaker credited"),
    "source-placeholder": gettext_lazy("Source is a placeholder"),
    "source-malformed": gettext_lazy("Source is not an address"),
    "source-stray": gettext_lazy("Source with extra parts"),
    "summary-markdown": gettext_lazy("Markdown in the summary"),
    "title-twice": gettext_lazy("Duplicate title"),
    "recording-twice": gettext_lazy("Duplicate recording"),
    "translation-untied": gettext_lazy("Translation not linked"),
    # quotes, predictions, chapters
    "quote-twice": gettext_lazy("Duplicate quote"),
    "quote-and-prediction": gettext_lazy("Quote and prediction alike"),
    "statement-cut": gettext_lazy("Statement cut off"),
    "chapter-title-language": gettext_lazy("Chapter title in another language"),
    # names
    "person-not-in-text": gettext_lazy("Listed but not named"),
    "name-not-listed": gettext_lazy("Named but not listed"),
    "name-misheard": gettext_lazy("Name misheard"),
    "name-like-an-address": gettext_lazy("Name written like an address"),
    "speaker-generic": gettext_lazy("Speaker is not a name"),
    "speaker-unresolved": gettext_lazy("Speaker unknown"),
    "speaker-spelling": gettext_lazy("Speaker spelt differently"),
    "appearance-unresolved": gettext_lazy("Credit not identified"),
    "appearance-generic": gettext_lazy("Credit is not a name"),
    "person-not-credited": gettext_lazy("Guest not credited"),
    # text
    "paragraph-repeated": gettext_lazy("Paragraph repeated"),
    "padding": gettext_lazy("Filler text"),
    "leftover": gettext_lazy("Generator leftovers"),
    "text-cut": gettext_lazy("Text breaks off"),
    "fold-unbalanced": gettext_lazy("Fold not closed"),
    "bold-odd": gettext_lazy("Bold not closed"),
    "english-outside": gettext_lazy("English outside folds"),
    "script-foreign": gettext_lazy("Foreign script"),
    "doubt": gettext_lazy("Transcriber unsure"),
    # times
    "time-beyond-duration": gettext_lazy("Time beyond the end"),
    "time-unreadable": gettext_lazy("Time unreadable"),
    "chapters-out-of-order": gettext_lazy("Chapters out of order"),
    "due-date": gettext_lazy("Due date suggested"),
    # import
    "text-control-characters": gettext_lazy("Control characters"),
    "value-not-text": gettext_lazy("Value is not text"),
    "value-long": gettext_lazy("Value very long"),
    "value-too-long": gettext_lazy("Value cut to fit"),
    "value-unclear": gettext_lazy("Value ambiguous"),
    "key-repeated": gettext_lazy("Key repeated"),
    "date-unreadable": gettext_lazy("Date unreadable"),
    "duration-unreadable": gettext_lazy("Duration unreadable"),
    "title-line-break": gettext_lazy("Line break in the title"),
    "list-empty-item": gettext_lazy("Empty list item"),
    "list-is-null": gettext_lazy("Empty list"),
    "list-is-string": gettext_lazy("Text instead of a list"),
    "count-differs": gettext_lazy("Count differs"),
    "kept-yours": gettext_lazy("Edited here and in the note"),
    "second-file": gettext_lazy("Second file of a recording"),
    "new-version-waits": gettext_lazy("New version waiting"),
    "file-replaced": gettext_lazy("File holds another recording"),
    "header-not-read": gettext_lazy("Front matter not read"),
    "comment-unclosed": gettext_lazy("Comment not closed"),
    # people
    "restored-open": gettext_lazy("Name not found after restoring"),
    "changes-requested": gettext_lazy("Change requested"),
    "reported": gettext_lazy("Reported by a reader"),
}
DIALECTS: dict[str, Any] = {
    "front_matter": gettext_lazy("Markdown with front matter"),
    "episode_page": gettext_lazy("episode page"),
    "interview_record": gettext_lazy("interview record"),
}
# Reasons that the workflow gives by itself. They are stored in these words and shown by the labels below; the stored
# words never change, since decisions made earlier contain them.
RELEASED = "released"
DISCARDED = "working copy discarded"
CHANGES_PUBLISHED = "changes published"
REPAIRED = "repaired"
NEW_VERSION = "It is a new version of this episode."
OWN_EPISODE = "It is an episode of its own now."
FILE_DISCARDED = "It was discarded."
REASONS: dict[str, Any] = {
    RELEASED: gettext_lazy("released"),
    DISCARDED: gettext_lazy("draft of changes discarded"),
    CHANGES_PUBLISHED: gettext_lazy("changes published"),
    REPAIRED: gettext_lazy("suggested fix applied"),
    NEW_VERSION: gettext_lazy("It is a new version of this episode."),
    OWN_EPISODE: gettext_lazy("It is a separate episode now."),
    FILE_DISCARDED: gettext_lazy("It was discarded."),
}
_RESTORED = re.compile(r"snapshot #(\d+) restored")


def finding_code(code: str) -> Any:
    """Return the label of a finding code; the code itself in words if it has no label."""
    return FINDING_CODES.get(code) or code.replace("-", " ").replace("_", " ")


def dialect(name: str) -> Any:
    """Return the label of a note dialect; the name itself if it is unknown."""
    return DIALECTS.get(name, name)


def status(model: Any, value: str) -> str:
    """Return the label of a model's status or state; the value itself if the model has no such value."""
    for name in ("status", "state"):
        if any(field.name == name for field in model._meta.concrete_fields):
            return str(dict(model._meta.get_field(name).flatchoices).get(value, value))
    return str(dict(Status.choices).get(value, value))


def status_of(decision: Any, value: str) -> str:
    """Return the label of a status that a Decision leads from or to."""
    from django.contrib.contenttypes.models import ContentType

    model = ContentType.objects.get_for_id(decision.target_type_id).model_class()
    # A summary has the statuses of an item, not those of its episode.
    if model is None or (decision.field == "summary" and model._meta.model_name == "episode"):
        model = apps.get_model("episodes", "section")
    return status(model, value)


def change_of(decision: Any) -> str:
    """Return the change of status recorded by a Decision, such as `draft → accepted`, in the active language."""
    source, target = decision.from_status, decision.to_status
    if source == target and decision.changes:
        return _("edited")
    if source == target:
        # Rows without a status are created and removed with both statuses empty; only an undo removes one.
        return status_of(decision, target) or (_("removed") if decision.undoes else _("created"))
    if not source:
        return _("created: %(status)s") % {"status": status_of(decision, target)}
    if not target:
        return _("removed")
    return f"{status_of(decision, source)} → {status_of(decision, target)}"


def reason_of(decision: Any) -> str:
    """Return the reason of a Decision for display: the label of a reject code, a translated workflow reason or the text
    itself.
    """
    reason = decision.reason
    if reason in RejectCode.values and decision.to_status == Status.REJECTED:
        return str(RejectCode(reason).label)
    if reason in REASONS:
        return str(REASONS[reason])
    if restored := _RESTORED.fullmatch(reason):
        return _("version %(number)d restored") % {"number": int(restored[1])}
    return reason
