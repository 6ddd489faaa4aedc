"""Earlier wordings of stored messages.

A message is stored as its English template, and the template is part of what identifies some findings. When a template
is reworded, its earlier text stays here, so that stored findings show the new words and stay the same finding.
"""

from __future__ import annotations

# Earlier template, template in use.
_PAIRS = (
    ("The source “%(address)s” was never filled in.", "The source “%(address)s” is a placeholder."),
    (
        "The source “%(address)s” is no address of a recording or an article.",
        "The source “%(address)s” is not the address of a recording or an article.",
    ),
    (
        "The source “%(address)s” has more in it than the recording; “%(clean)s” is enough.",
        "The source “%(address)s” has extra parts; “%(clean)s” is enough.",
    ),
    (
        "The summary has Markdown in it. Lists and feeds show it as it stands.",
        "The summary contains Markdown. Lists and feeds show it unformatted.",
    ),
    ("Nobody is credited.", "No speaker is credited."),
    (
        "“%(title)s” is the same recording in another language; a translation key would tie the two.",
        "“%(title)s” is the same recording in another language; a translation key would link the two.",
    ),
    (
        "Another episode is of the same recording: “%(title)s”.",
        "Another episode covers the same recording: “%(title)s”.",
    ),
    ("%(name)s is listed, and the text never names them.", "%(name)s is listed but never named in the text."),
    (
        "“%(name)s” stands in bold and is in no list of the note.",
        "“%(name)s” is in bold but in none of the note's lists.",
    ),
    (
        "A paragraph stands here %(count)d times: “%(words)s”.",
        "The same paragraph occurs %(count)d times: “%(words)s”.",
    ),
    (
        "Left over from the making of the note, %(count)d times: “%(words)s”.",
        "Generator leftovers, %(count)d times: “%(words)s”.",
    ),
    (
        "What looks like a header was not read: “%(words)s”. None of it is obeyed, and none is shown.",
        "What looks like front matter could not be read: “%(words)s”. It has no effect and is not shown.",
    ),
    ("Written to fill a length: “%(words)s”.", "Filler text: “%(words)s”."),
    (
        "English stands outside the folds, in %(count)d paragraphs: “%(words)s”.",
        "English text outside the folds, in %(count)d paragraphs: “%(words)s”.",
    ),
    (
        "It is open who “%(label)s” is: %(count)d quotes and predictions wait for it.",
        "The speaker “%(label)s” is not identified: %(count)d quotes and predictions are affected.",
    ),
    (
        "It is open who speaks: %(count)d quotes and predictions name nobody.",
        "The speaker is not identified: %(count)d quotes and predictions have no name.",
    ),
    (
        "It is open who “%(label)s” is: no speaker, or more than one, has that name.",
        "The speaker “%(label)s” is not identified: no person, or more than one, has that name.",
    ),
    ("“%(label)s” names nobody.", "“%(label)s” is not a person's name."),
    (
        "The title is English, and the others are not: “%(title)s”.",
        "This title is in English, the others are not: “%(title)s”.",
    ),
    ("The same words stand here twice, also at %(time)s.", "The same quote occurs twice, also at %(time)s."),
    (
        "Chapters do not ascend: %(time)s comes after %(before)s, “%(title)s”.",
        "Chapters are not in order: %(time)s comes after %(before)s, “%(title)s”.",
    ),
    ("%(time)s lies beyond the duration %(length)s.", "%(time)s is after the end of the recording, %(length)s."),
    (
        "%(time)s lies beyond the duration %(length)s. Perhaps %(meant)s was meant.",
        "%(time)s is after the end of the recording, %(length)s. Perhaps %(meant)s was meant.",
    ),
    (
        (
            "%(file)s now holds another recording, “%(title)s”, which became an episode of its own. This one has no "
            "file any more."
        ),
        (
            "%(file)s now contains another recording, “%(title)s”, which became a separate episode. This episode has "
            "no file any more."
        ),
    ),
    (
        "A new version of %(name)s waits: the episode is %(status)s and was left as it is.",
        "A new version of %(name)s is waiting: the episode is %(status)s and was not changed.",
    ),
    (
        (
            "%(file)s is of the same recording as %(first)s, which is not in the folder any more. It may be that "
            "file, moved and changed. It is kept beside the episode until somebody says what it is."
        ),
        (
            "%(file)s is of the same recording as %(first)s, which is not in the folder any more. It may be that "
            "file, moved and changed. It is kept until an editor decides what to do with it."
        ),
    ),
    (
        (
            "%(file)s is a second file of the same recording as %(first)s. It is kept beside the episode until "
            "somebody says what it is."
        ),
        (
            "%(file)s is a second file of the same recording as %(first)s. It is kept until an editor decides what to "
            "do with it."
        ),
    ),
    (
        "Snapshot #%(number)d names “%(name)s” here: no %(kind)s, or more than one, has that name today.",
        "Version %(number)d names “%(name)s” here: no %(kind)s, or more than one, has that name now.",
    ),
)
REWORDED: dict[str, str] = dict(_PAIRS)
_EARLIEST = {now: earlier for earlier, now in REWORDED.items()}


def current(template: str) -> str:
    """Return the wording in use of a stored template."""
    return REWORDED.get(template, template)


def earliest(template: str) -> str:
    """Return the wording by which a template identifies findings: the one it had first."""
    return _EARLIEST.get(template, template)
