"""Addresses of the public pages about speakers and entities."""

from django.urls import path

from people import views

urlpatterns = [
    path("speakers/", views.SpeakerList.as_view(), name="speaker_list"),
    path("speakers/<slug:slug>/", views.SpeakerPage.as_view(), name="speaker"),
    path("speakers/<slug:slug>/photo/", views.speaker_photo, name="speaker_photo"),
    path("entities/", views.EntityList.as_view(), name="entity_list"),
    path("entities/<slug:slug>/", views.EntityPage.as_view(), name="entity"),
]
