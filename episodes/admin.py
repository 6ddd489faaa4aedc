"""Register the desk with Django's admin, which looks for a module of this name in every app."""

from episodes import desk  # noqa: F401
