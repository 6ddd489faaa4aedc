"""Root URL configuration. Pages and desk are in Chinese, and in English below /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from episodes.site.pages.base import robots
from episodes.site.pages.share_images import item_card, site_card
from episodes.site.pages.stylesheet import stylesheet
from episodes.site.syndication.oembed import oembed

urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("style-<slug:digest>.css", stylesheet, name="stylesheet"),
    path("", include("episodes.site.syndication.urls")),
    # Without a language prefix: these are in the language of their content.
    path("oembed", oembed, name="oembed"),
    path("card.png", site_card, name="site_card"),
    path("quotes/<int:pk>/card.png", item_card, {"kind": "quote"}, name="quote_card"),
    path("predictions/<int:pk>/card.png", item_card, {"kind": "prediction"}, name="prediction_card"),
    path("episodes/<slug:slug>/card.png", item_card, {"kind": "episode"}, name="episode_card"),
    *i18n_patterns(
        path("admin/", admin.site.urls),
        path("", include("episodes.site.urls")),
        path("", include("episodes.site.people_urls")),
        prefix_default_language=False,
    ),
]

handler403 = "config.audit.forbidden"
handler404 = "episodes.site.pages.error_pages.not_found"
handler500 = "episodes.site.pages.error_pages.server_error"
