"""Addresses of the public pages about episodes and what is in them."""

from django.urls import path

from episodes.machines.feeds import EntityFeed, PredictionFeed, SiteFeed, SpeakerFeed, TagFeed, feed_paths
from episodes.machines.twin import episode_markdown
from episodes.views import episode_list, episode_page, home, images, items, tags

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("episodes/", episode_list.EpisodeList.as_view(), name="episode_list"),
    path("episodes/<slug:slug>.md", episode_markdown, name="episode_markdown"),
    path("episodes/<slug:slug>/", episode_page.EpisodePage.as_view(), name="episode"),
    path("episodes/<slug:slug>/cover/", images.episode_cover, name="episode_cover"),
    path("quotes/", items.QuoteList.as_view(), name="quote_list"),
    path("quotes/<int:pk>/", items.QuotePage.as_view(), name="quote"),
    path("predictions/", items.PredictionList.as_view(), name="prediction_list"),
    path("predictions/<int:pk>/", items.PredictionPage.as_view(), name="prediction"),
    path("tags/", tags.TagList.as_view(), name="tag_list"),
    path("tags/<slug:slug>/", tags.TagPage.as_view(), name="tag"),
    *feed_paths("", SiteFeed),
    *feed_paths("predictions/", PredictionFeed),
    *feed_paths("tags/<slug:slug>/", TagFeed),
    *feed_paths("speakers/<slug:slug>/", SpeakerFeed),
    *feed_paths("entities/<slug:slug>/", EntityFeed),
]
