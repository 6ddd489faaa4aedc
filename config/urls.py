"""Addresses. The interface is Chinese there and English under /en/; the desk too."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from episodes.views.public import robots
from episodes.views.stylesheet import stylesheet

urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("style-<slug:digest>.css", stylesheet, name="stylesheet"),
    path("", include("episodes.machines.urls")),
    *i18n_patterns(
        path("admin/", admin.site.urls),
        path("", include("episodes.urls")),
        path("", include("people.urls")),
        prefix_default_language=False,
    ),
]

handler404 = "episodes.views.lost.not_found"
handler500 = "episodes.views.lost.server_error"
