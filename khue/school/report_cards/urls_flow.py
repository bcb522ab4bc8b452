"""Pages of composing and signing."""

from django.urls import URLPattern, path

from khue.school.report_cards.views import cards, overview, signing

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("lap/", overview.compose_school, name="compose_school"),
    path("lop/<int:pk>/", overview.class_cards, name="class_cards"),
    path("lop/<int:pk>/lap/", overview.compose_class, name="compose_class"),
    path("lop/<int:pk>/ky-thay/", overview.name_signer, name="name_signer"),
    path("ky-thay/<int:pk>/thoi/", overview.end_substitute, name="end_substitute"),
    path("ky/", signing.waiting, name="waiting"),
    path("ky/<slug:word>/", signing.begin, name="begin"),
    path("ky/<slug:word>/<int:pk>/", signing.class_to_sign, name="class_to_sign"),
    path("dot-ky/<int:pk>/", signing.batch, name="batch"),
    path("dot-ky/<int:pk>/tiep/", signing.go_on, name="go_on"),
    path("<int:pk>/", cards.card, name="card"),
    path("<int:pk>/xem-truoc/", cards.preview, name="preview"),
    path("<int:pk>/cho-ky/", cards.excuse, name="excuse"),
    path("<int:pk>/tra-ve/", cards.send_back, name="send_back"),
]
