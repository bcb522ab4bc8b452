"""The look is tested alone: no kernel, no database, only what a template needs."""

import pytest
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory


@pytest.fixture(autouse=True)
def _alone(settings):
    settings.ROOT_URLCONF = "khue.ui.tests.urls"
    settings.DEMO = True
    settings.LANGUAGE_CODE = "vi"
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
    settings.MIDDLEWARE = [
        "khue.ui.app.AtTheRoot",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    processors = [
        "django.template.context_processors.request",
        "django.contrib.messages.context_processors.messages",
    ]
    builtins = ["django.templatetags.i18n", "django.templatetags.static", "khue.ui.templatetags.ui"]
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": processors, "builtins": builtins},
        }
    ]


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def draw():
    def _draw(source, path="/", **context):
        if path == "/":
            return Template(source).render(Context(context))
        return Template(source).render(RequestContext(RequestFactory().get(path), context))

    return _draw
