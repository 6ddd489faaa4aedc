from django.core.wsgi import get_wsgi_application

from config.start import prepare

prepare()
application = get_wsgi_application()
