"""Storage of static files with hashed names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Compressed manifest storage that uses plain names, instead of raising, before the first collectstatic."""

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one without a manifest; whitenoise serves that from its source."""
        return super().stored_name(name) if self.hashed_files else name
