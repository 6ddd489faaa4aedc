from django.core.wsgi import get_wsgi_application

from config.start import prepare

prepare()

from episodes.site.store.front import StoredPagesFront  # noqa: E402  # needs django.setup()

application = StoredPagesFront(get_wsgi_application())
