"""The WSGI entry point: granian serves `khue.config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khue.config.settings")
application = get_wsgi_application()
