from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """App of speakers, entities, aliases and logins."""

    name = "people"
    verbose_name = _("People & index")

    def ready(self) -> None:
        """Connect the receivers of login signals."""
        from people import login  # noqa: F401
