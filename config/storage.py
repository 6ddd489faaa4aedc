"""Static files with a hash in their names, once collectstatic has made them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Before the first collectstatic: plain names, served by whitenoise from where the files lie, instead of an error
    on every page.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
