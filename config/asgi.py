import os

from django.core.asgi import get_asgi_application

from config.environment import refusals_in_one_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with refusals_in_one_line():
    application = get_asgi_application()
