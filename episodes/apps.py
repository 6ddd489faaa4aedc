from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_save
from django.utils.translation import gettext_lazy as _


class EpisodesConfig(AppConfig):
    """Connect checks, guards and groups once the apps are loaded."""

    name = "episodes"
    verbose_name = _("Content")

    def ready(self) -> None:
        # These register themselves.
        from config import checks  # noqa: F401
        from episodes import derived
        from episodes.checks import due_dates  # noqa: F401
        from episodes.derived import passages
        from episodes.importing import fixture_guard
        from episodes.workflow import groups

        pre_save.connect(fixture_guard.refuse_public_change, dispatch_uid="fixture_guard")
        passages.connect()
        post_migrate.connect(passages.forget_all_of_none, sender=self, dispatch_uid="search_index")
        post_migrate.connect(groups.sync_groups, sender=self, dispatch_uid="editorial_groups")
        post_migrate.connect(derived.begin_revisions, sender=self, dispatch_uid="site_revision")
