"""URLs of public pages about episodes and their contents."""

from django.urls import path, register_converter

from episodes.site.pages import (
    about,
    episode,
    episode_list,
    glossary,
    home,
    images,
    predictions,
    quote_and_prediction,
    report,
    search,
    series,
    tags,
)
from episodes.site.syndication.feeds import (
    EntityFeed,
    PredictionFeed,
    SiteFeed,
    SpeakerFeed,
    TagFeed,
    feed_paths,
)
from episodes.site.syndication.markdown_export import episode_markdown

register_converter(series.AnyName, "name")

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("about/", about.About.as_view(), name="about"),
    path("episodes/", episode_list.EpisodeList.as_view(), name="episode_list"),
    path("episodes/<slug:slug>.md", episode_markdown, name="episode_markdown"),
    path("episodes/<slug:slug>/", episode.EpisodePage.as_view(), name="episode"),
    path("episodes/<slug:slug>/cover/", images.episode_cover, name="episode_cover"),
    path("episodes/<slug:slug>/report/", report.ReportPage.as_view(), name="report"),
    path("episodes/<slug:slug>/report/thanks/", report.ThanksPage.as_view(), name="report_thanks"),
    path("quotes/", quote_and_prediction.QuoteList.as_view(), name="quote_list"),
    path("quotes/<int:pk>/", quote_and_prediction.QuotePage.as_view(), name="quote"),
    path("predictions/", predictions.PredictionList.as_view(), name="prediction_list"),
    path("predictions.csv", predictions.prediction_csv, name="prediction_csv"),
    path("predictions.json", predictions.prediction_json, name="prediction_json"),
    path("predictions/<int:pk>/", quote_and_prediction.PredictionPage.as_view(), name="prediction"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("search/suggest/", search.suggestions, name="search_suggest"),
    path("tags/", tags.TagList.as_view(), name="tag_list"),
    path("tags/<slug:slug>/", tags.TagPage.as_view(), name="tag"),
    path("series/", series.SeriesList.as_view(), name="series_list"),
    path("series/<name:name>/", series.SeriesPage.as_view(), name="series"),
    path("glossary/", glossary.Glossary.as_view(), name="glossary"),
    *feed_paths("", SiteFeed),
    *feed_paths("predictions/", PredictionFeed),
    *feed_paths("tags/<slug:slug>/", TagFeed),
    *feed_paths("speakers/<slug:slug>/", SpeakerFeed),
    *feed_paths("entities/<slug:slug>/", EntityFeed),
]
