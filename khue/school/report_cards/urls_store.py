"""Pages of handing in, of the department's store, and of progress."""

from django.urls import URLPattern, path

from khue.school.report_cards.views import store

urlpatterns: list[URLPattern] = [
    path("tien-do/", store.progress, name="progress"),
    path("nop/", store.submit, name="submit"),
    path("nhan/", store.receive, name="receive"),
    path("kho/", store.store, name="store"),
    path("kho/so-cap/", store.register, name="register"),
    path("kho/<int:pk>/", store.store_card, name="store_card"),
    path("kho/<int:pk>/tra-lai/", store.give_back, name="give_back"),
    path("<int:pk>/tep/<str:kind>/", store.card_file, name="card_file"),
]
