"""History pages of the desk: who decided and changed what, newest first.

sources   which Decisions, log entries and imports belong to an object
grouping  these grouped into acts, by time, and one page of them
steps     what is shown of each Decision
views     the page

Django's own history page has only what was saved through a form of the admin. The workflow stores a Decision for
everything that users decide or change, with the text before and after; log entries are shown where they add to that (an
alias added, a row deleted).
"""

from episodes.desk.history.views import history_page

__all__ = ["history_page"]
