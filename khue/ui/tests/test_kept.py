"""Parts of a page that are drawn once: never for anybody but those who see the very same."""

from dataclasses import dataclass, field

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import override

from khue.ui.keeping import MOST, KeptBy, KeptNode

ENGINE = Engine(builtins=["django.templatetags.i18n", "khue.ui.templatetags.ui"])


@dataclass(frozen=True)
class Seen:
    name: str
    drawn: list[str] = field(default_factory=list, compare=False)


class Counted:
    """Says how often it was drawn."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return str(self.times)


def drawn(source: str, **context) -> str:
    return ENGINE.from_string(source).render(Context(context))


def page(template, path="/", **context) -> str:
    return template.render(Context({"request": RequestFactory().get(path), **context}))


def test_a_kept_part_shows_the_values_it_is_kept_by():
    template = ENGINE.from_string("{% kept name=person %}<b>{{ name }}</b>{% endkept %}")
    assert page(template, person="An") == "<b>An</b>"
    assert page(template, person="<i>") == "<b>&lt;i&gt;</b>"
    assert page(template, person="An") == "<b>An</b>"


def test_equal_values_are_drawn_once():
    template = ENGINE.from_string("{% kept name=person %}{% post_key %}{{ name }}{% endkept %}")
    assert page(template, person="An") == page(template, person="An")
    assert page(template, person="An") != page(template, person="Bình")


def test_nothing_else_of_the_page_is_seen_inside():
    template = ENGINE.from_string(
        "{% kept name=person %}{{ name }}{{ secret }}{{ request.path }}{% endkept %}"
    )
    assert page(template, person="An", secret="của An") == "An"


def test_address_and_token_are_of_this_very_page():
    template = ENGINE.from_string('{% kept %}{% csrf_token %}<a href="{{ here }}">{% endkept %}')
    first = page(template, "/a/?q=1&b=2", csrf_token="một")
    second = page(template, "/b/", csrf_token="hai")
    assert 'value="một"' in first
    assert 'href="/a/?q=1&amp;b=2"' in first
    assert 'value="hai"' in second
    assert 'href="/b/"' in second
    assert "một" not in second


def test_each_language_has_its_own_drawing():
    template = ENGINE.from_string('{% kept %}{% translate "Đăng xuất" %}{% endkept %}')
    with override("vi"):
        assert page(template) == "Đăng xuất"
    with override("en"):
        assert page(template) == "Sign out"
    with override("vi"):
        assert page(template) == "Đăng xuất"


@pytest.mark.parametrize("value", [["An"], {"name": "An"}, Counted(), (Counted(),), Seen("An")])
def test_what_may_change_behind_its_equals_is_drawn_every_time(value):
    template = ENGINE.from_string("{% kept value=value %}{{ value }}{% post_key %}{% endkept %}")
    assert page(template, value=value) != page(template, value=value)


class Part(KeptBy):
    def __init__(self, text: str, key: str | None) -> None:
        self.text, self.key = text, key

    @property
    def kept_by(self):
        return (self.key,) if self.key is not None else None


def test_a_value_may_name_its_key_or_refuse_to_be_kept():
    template = ENGINE.from_string("{% kept part=part %}{{ part.text }}{% endkept %}")
    assert page(template, part=Part("một", "a")) == "một"
    assert page(template, part=Part("hai", "a")) == "một"
    assert page(template, part=Part("hai", "b")) == "hai"
    assert page(template, part=Part("ba", None)) == "ba"
    assert page(template, part=Part("bốn", None)) == "bốn"


def test_only_so_many_drawings_are_kept():
    template = ENGINE.from_string("{% kept number=number %}{{ number }}{% endkept %}")
    for number in range(MOST + 5):
        assert page(template, number=number) == str(number)
    node = template.nodelist.get_nodes_by_type(KeptNode)[0]
    assert len(node.drawings) == 5


@pytest.mark.parametrize(
    "source",
    [
        "{% kept name %}{% endkept %}",
        "{% kept 1=a %}{% endkept %}",
        "{% kept %}{% block a %}{% endblock %}{% endkept %}",
    ],
)
def test_a_kept_part_must_name_its_values_and_holds_no_block(source):
    with pytest.raises(TemplateSyntaxError):
        ENGINE.from_string(source)


def test_fixed_texts_follow_the_language_and_others_their_values():
    source = (
        '{% translate "Đăng xuất" %}|{% translate word %}|{% trans "Đăng xuất" as out %}{{ out }}'
        '|{% translate "Đăng xuất"|upper %}'
    )
    for _again in range(2):
        with override("vi"):
            assert drawn(source, word="Đã lưu") == "Đăng xuất|Đã lưu|Đăng xuất|ĐĂNG XUẤT"
        with override("en"):
            assert drawn(source, word="Đã lưu").split("|")[::2] == ["Sign out", "Sign out"]


def test_a_percent_sign_in_a_fixed_text_stands_alone():
    assert drawn('{% translate "100%" %}') == "100%"
