"""History pages of the desk: who decided and changed what, newest first.

sources  which Decisions, log entries and imports belong to an object
acts     these in groups, by time, and one page of them
steps    what is shown of each Decision
views    the page

Django's own history page knows only what was saved through a form of the admin. The workflow keeps a Decision of
everything that people decide or change, with the words before and after; where a log entry says more (an alias added,
a row deleted) it is told beside them.
"""

from episodes.desk.history.views import history_page

__all__ = ["history_page"]
