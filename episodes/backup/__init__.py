"""Back up a site into one file, and restore it into an empty site on SQLite or PostgreSQL.

tables    tables and columns of a backup, and those left out
values    conversion of values to JSON and back
fitting   values that the target database would refuse
database  a consistent view of the rows during edits, sequences of keys, locks
uploads   the uploaded files
manifest  the list of members with digests, and the state of the migrations
archive   the zip file: writing, and checks on reading
create    `manage.py backup`
restore   `manage.py restore`

The format is described in docs/backup.md.
"""

from django.core.management.base import CommandError


class BackupError(CommandError):
    """Raised if a backup cannot be created or restored; the message is one line with the reason."""
