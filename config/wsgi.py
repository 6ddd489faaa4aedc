import os

from django.core.wsgi import get_wsgi_application

from config.environment import refusals_in_one_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with refusals_in_one_line():
    application = get_wsgi_application()
