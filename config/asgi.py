from django.core.asgi import get_asgi_application

from config.start import prepare

prepare()
application = get_asgi_application()
