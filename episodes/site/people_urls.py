"""URLs of public pages about speakers and entities."""

from django.urls import path

from episodes.site.pages import people

urlpatterns = [
    path("speakers/", people.SpeakerList.as_view(), name="speaker_list"),
    path("speakers/<slug:slug>/", people.SpeakerPage.as_view(), name="speaker"),
    path("speakers/<slug:slug>/photo/", people.speaker_photo, name="speaker_photo"),
    path("entities/", people.EntityList.as_view(), name="entity_list"),
    path("entities/<slug:slug>/", people.EntityPage.as_view(), name="entity"),
]
