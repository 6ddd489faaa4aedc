"""Back up a site into one file, and restore it into an empty site of either database.

tables    which tables and columns belong into a backup, and which are left out
values    the values of a row as JSON, and back
fitting   values that the receiving database would refuse
database  a consistent view of the rows while people edit, and the counters of keys
uploads   the uploaded files
manifest  the list of what a backup holds, with digests and the state of the migrations
archive   the zip that holds it all: written, and checked on reading
create    `manage.py backup`
restore   `manage.py restore`

The format is described in docs/backup.md.
"""

from django.core.management.base import CommandError


class BackupError(CommandError):
    """A backup that cannot be made or restored, as one sentence that says why."""
