"""Pages of the gradebook."""

from django.urls import URLPattern

from khue.school.gradebook import urls_family, urls_grid, urls_progress, urls_results

urlpatterns: list[URLPattern] = [
    *urls_grid.urlpatterns,
    *urls_family.urlpatterns,
    *urls_progress.urlpatterns,
    *urls_results.urlpatterns,
]
