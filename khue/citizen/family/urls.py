"""Pages of a family, and of its school."""

from django.urls import path

from khue.citizen.family.views import app, contact, links

urlpatterns = [
    path("", app.today, name="today"),
    path("them/", app.more, name="more"),
    path("em/<int:person_id>/", app.child, name="child"),
    path("gan/", links.link, name="link"),
    path("lien-he/", contact.contact, name="contact"),
    path("lien-he/<int:pk>/rut/", contact.withdraw, name="withdraw"),
    path("phieu/", links.slips, name="slips"),
    path("phieu/in/", links.issue, name="issue"),
    path("da-gan/", links.made, name="links"),
    path("da-gan/<int:pk>/thoi/", links.end, name="end_link"),
    path("de-nghi/", contact.corrections, name="corrections"),
    path("de-nghi/<int:pk>/", contact.decide, name="decide"),
]
