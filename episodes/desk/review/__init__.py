"""The review screen: one thing at a time, its evidence beside it, a key for each decision.

A "thing" is one entry of the queue: a row, the summary, or one of the two group screens.

queue           the things of an episode in order, in two queries
panel           one thing: row, form, findings
evidence        lines of the note, recording and transcript beside it
group_screens   the screens for speaker labels and for names
item_forms      the form of one thing
text_selection  actions on text selected in a section
panel_cache     what all panels of an episode share
actions         requests and their results
item_actions    actions on one thing
bulk_actions    actions on many things at once
form_recovery   submitted text of refused requests
undo_message    the description of an undo
views           the page and its JSON answers
"""

from episodes.desk.review.views import ReviewViews

__all__ = ["ReviewViews"]
