"""URLs without a language prefix: their responses hold no interface text, or have a fixed place."""

from django.urls import path

from episodes.site.syndication.chapters import chapters_json, chapters_vtt
from episodes.site.syndication.llms_txt import llms_txt
from episodes.site.syndication.sitemaps import sitemap, sitemap_part

urlpatterns = [
    path("episodes/<slug:slug>/chapters.json", chapters_json, name="episode_chapters"),
    path("episodes/<slug:slug>/chapters.vtt", chapters_vtt, name="episode_chapters_vtt"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemap_part, name="sitemap_part"),
    path("llms.txt", llms_txt, name="llms"),
]
