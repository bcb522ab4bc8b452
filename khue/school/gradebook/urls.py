"""Pages of the gradebook."""

from django.urls import URLPattern

from khue.school.gradebook import urls_family

urlpatterns: list[URLPattern] = [*urls_family.urlpatterns]
