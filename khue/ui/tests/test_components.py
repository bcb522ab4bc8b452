"""Component tags."""

import re
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError

from khue.ui.samples import AdmissionForm, faulty_form


def test_an_icon_is_decoration_unless_it_is_given_a_label(draw):
    assert 'aria-hidden="true"' in draw('{% icon "search" %}')
    spoken = draw('{% icon "search" label="Tìm" %}')
    assert 'role="img"' in spoken
    assert 'aria-label="Tìm"' in spoken


def test_crumbs_link_every_step_but_the_last(draw):
    html = draw("{% crumbs steps %}", steps=[("Lam Giang", "/1"), ("Lớp <8A3>", "/2")])
    assert '<a href="/1">Lam Giang</a>' in html
    assert '<span aria-current="page">Lớp &lt;8A3&gt;</span>' in html


def test_no_crumbs_leave_nothing(draw):
    assert draw("{% crumbs steps %}", steps=None) == ""


def test_a_figure_opens_to_its_rows_and_writes_numbers_the_vietnamese_way(draw):
    html = draw('{% figure "Học sinh" 1537 "em" "09:12" "/rows" %}')
    assert html.startswith('<a class="fig" href="/rows">')
    assert "<b>1.537</b>" in html
    assert '<span class="u">em</span>' in html


def test_a_badge_has_colour_sign_and_word(draw):
    html = draw('{% badge "bad" text %}', text="<i>Quá hạn</i>")
    assert 'class="badge bad"' in html
    assert "#i-x" in html
    assert "&lt;i&gt;" in html


def test_progress_is_an_element_that_speaks_for_itself(draw):
    html = draw("{% progress 630 1537 %}")
    assert '<progress class="meter" value="630" max="1537"' in html
    assert "630 trong 1.537" in html
    assert 'value="0" max="1"' in draw("{% progress 0 0 %}")


def test_each_post_key_is_fresh(draw):
    first, second = (re.search(r'name="_key" value="([^"]{16,})"', draw("{% post_key %}")) for _ in "ab")
    assert first
    assert second
    assert first[1] != second[1]


def test_a_note_about_something_bad_is_an_alert(draw):
    assert 'role="alert"' in draw('{% note "bad" %}Chưa gửi được{% endnote %}')
    assert 'role="alert"' not in draw('{% note "wait" %}Chờ mạng{% endnote %}')


def test_a_block_tag_refuses_an_argument_it_does_not_know(draw):
    with pytest.raises(TemplateSyntaxError):
        draw('{% note color="red" %}x{% endnote %}')


def test_an_empty_place_says_what_to_do_next(draw):
    html = draw('{% empty "Lớp 6A1 chưa có học sinh" icon="users" %}<p>Nhập từ Excel.</p>{% endempty %}')
    assert '<p class="empty-title">Lớp 6A1 chưa có học sinh</p><p>Nhập từ Excel.</p>' in html
    assert "#i-users" in html


def test_the_side_column_falls_away_when_it_has_nothing_to_say(draw):
    assert draw("{% columns %}<p>a</p>{% side %}  {% endcolumns %}") == "<p>a</p>"
    assert "<aside" in draw("{% columns %}<p>a</p>{% side %}<p>b</p>{% endcolumns %}")


def test_steps_before_the_current_one_are_done_and_lead_back(draw):
    html = draw("{% steps labels 2 %}", labels=[("Chọn tệp", "/1"), "Ghép cột", "Ghi"])
    assert (
        '<li class="done"><a href="/1">Chọn tệp</a></li><li aria-current="step">Ghép cột</li><li>Ghi</li>'
        in html
    )


def test_a_change_shows_nothing_as_a_word(draw):
    html = draw("{% change old new %}", old=None, new="8,0")
    assert "<del>trống</del>" in html
    assert "<ins>8,0</ins>" in html


# ---------- fields ----------


def test_a_field_ties_label_hint_and_error_to_its_control(draw):
    html = draw('{% field form.born cls="c3" %}', form=faulty_form())
    assert html.startswith('<div class="c3"><label class="form-label" for="id_sai-born">')
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_sai-born-chu id_sai-born-loi"' in html
    assert 'id="id_sai-born-loi"' in html
    assert 'value="12/08/2019"' in html


def test_an_error_that_knows_the_right_value_offers_it(draw):
    html = draw("{% field form.born %}", form=faulty_form())
    assert 'data-fill="id_sai-born" data-value="12/08/2013">Dùng 12/08/2013</button>' in html


def test_a_field_one_may_leave_empty_says_so(draw):
    html = draw("{% field form.reason %}{% field form.name %}", form=AdmissionForm())
    assert html.count("(không bắt buộc)") == 1


def test_a_group_of_choices_is_a_fieldset_with_a_legend(draw):
    html = draw("{% field form.leave %}", form=AdmissionForm())
    assert '<legend class="form-label">Nghỉ học</legend>' in html
    assert html.count('type="radio"') == 2


def test_a_file_is_dropped_on_its_label(draw):
    html = draw("{% field form.letter %}", form=faulty_form())
    assert 'class="drop is-invalid" data-drop' in html
    assert 'type="file"' in html
    assert "Chưa có tệp." in html


def test_the_summary_counts_the_places_and_leads_to_each(draw):
    html = draw("{% form_errors form %}", form=faulty_form())
    assert 'role="alert"' in html
    assert "Còn 3 chỗ cần sửa" in html
    assert '<a href="#id_sai-number">Số định danh cá nhân: Số này có 11 chữ số' in html


def test_a_form_without_errors_has_no_summary(draw):
    assert draw("{% form_errors form %}", form=AdmissionForm()) == ""


def test_an_error_of_the_whole_form_stands_in_the_summary(draw):
    class Span(forms.Form):
        start = forms.CharField(required=False)

        def clean(self):
            raise ValidationError("Ngày về đứng trước ngày đi.")

    assert "<li>Ngày về đứng trước ngày đi.</li>" in draw("{% form_errors form %}", form=Span({}))


def test_what_somebody_typed_cannot_break_out_of_the_page(draw):
    form = AdmissionForm({"name": '"><script>alert(1)</script>'})
    assert "<script>" not in draw("{% field form.name %}{% form_errors form %}", form=form)


# ---------- words ----------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234.5, "1.234,5"),
        (0, "0"),
        (1537, "1.537"),
        (-2.25, "−2,25"),
        (None, ""),
        (1111111.1, "1.111.111,1"),
    ],
)
def test_numbers_are_written_the_vietnamese_way(draw, value, shown):
    assert draw("{{ value|number_vi }}", value=value) == shown


def test_halves_round_up(draw):
    assert draw("{{ a|number_vi:1 }} {{ b|number_vi:1 }}", a="8.25", b="8.35") == "8,3 8,4"


def test_a_share_has_its_sign_after_a_hard_space(draw):
    assert draw("{{ 96.44|percent_vi }}") == "96,4\u00a0%"


def test_days_and_times_are_those_of_the_province(draw, settings):
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    late = datetime(2026, 12, 16, 18, 30, tzinfo=UTC)
    assert draw("{{ late|datetime_vi }}", late=late) == "01:30, 17/12/2026"
    assert draw("{{ day|day_vi }}", day=date(2026, 12, 17)) == "Thứ Năm, 17/12/2026"


def test_masks_show_only_what_tells_two_people_apart(draw):
    assert draw("{{ n|mask_phone }}", n="0912345118") == "0912 ••• 118"
    assert draw("{{ n|mask_phone }}", n="+84912345118") == "0912 ••• 118"
    assert draw("{{ n|phone_vi }}{{ no|phone_vi }}", n="+84912345118", no="") == "0912 345 118"
    assert draw("{{ n|mask_id }}", n="038213004417") == "•••• •••• 4417"
    assert draw("{{ n|mask_phone }}{{ n|mask_id }}", n="12345") == "•••••••"
    assert draw("{{ n|mask_phone }}{{ n|mask_id }}", n=None) == ""


# ---------- lists made by hand ----------


def test_query_string_keeps_the_rest_of_the_address(draw):
    html = draw("{% query_string page=None sort='born' %}", path="/x/?q=an&page=3")
    assert html == "?q=an&amp;sort=born"


def test_a_sort_link_turns_the_order_at_the_second_click(draw):
    assert 'href="?sort=-name"' in draw("{% sort_link 'name' 'Tên' %}", path="/x/?sort=name")
    assert 'href="?sort=name"' in draw("{% sort_link 'name' 'Tên' %}", path="/x/?sort=-name&page=4")


def test_the_pager_takes_django_pages_too(draw):
    page = Paginator(range(378), 20).page(9)
    html = draw("{% pager page %}", path="/x/?q=an&page=9", page=page)
    assert 'aria-current="page">9<' in html
    assert 'href="?q=an&amp;page=10"' in html
    assert 'href="?q=an"' in html
    assert "…" in html
