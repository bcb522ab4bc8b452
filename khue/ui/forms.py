"""How form fields and their errors are drawn, from Django's bound fields, which stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Icon = Callable[..., SafeString]


def _messages(bound: BoundField) -> list[tuple[str, str]]:
    """Each error of a field with the value that would mend it, if whoever raised it gave `params["fix"]`."""
    found: list[tuple[str, str]] = []
    for error in bound.form.errors.as_data().get(bound.name, ()):
        fix = error.params.get("fix", "") if isinstance(error, ValidationError) and error.params else ""
        if error.code == "required" and error.message == forms.Field.default_error_messages["required"]:
            found.append((_blank(bound), ""))
        else:
            found += [(text, str(fix)) for text in error.messages]
    return found


def _blank(bound: BoundField) -> str:
    """What to say of a field left empty, unless the form has its own words."""
    if isinstance(bound.field.widget, forms.FileInput):
        return _("Chưa có tệp.")
    if isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField):
        return _("Chưa chọn.")
    return _("Chưa điền.")


def _errors(bound: BoundField, error_id: str, icon: Icon) -> SafeString:
    parts = []
    for text, fix in _messages(bound):
        button = (
            format_html(
                ' <button type="button" class="btn btn-sm js-only" data-fill="{}"'
                ' data-value="{}">{}</button>',
                bound.id_for_label, fix, _("Dùng %(value)s") % {"value": fix},
            )
            if fix
            else ""
        )  # fmt: skip
        parts.append(format_html("<span>{}{}</span>", text, button))
    if not parts:
        return SafeString("")
    return format_html(
        '<div class="invalid-feedback" id="{}">{}<div>{}</div></div>',
        error_id, icon("alert-circle"), SafeString("<br>".join(parts)),
    )  # fmt: skip


def field_html(
    bound: BoundField, *, cls: str, label: str, hint: str, optional: bool | None, icon: Icon
) -> SafeString:
    """One field with everything that belongs to it, whatever its widget."""
    widget = bound.field.widget
    if widget.is_hidden:
        return SafeString(str(bound))
    is_choice_group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    is_tick = isinstance(widget, forms.CheckboxInput)
    is_file = isinstance(widget, forms.FileInput)
    base = bound.id_for_label or bound.auto_id or f"id_{bound.html_name}"
    error_id, hint_id = f"{base}-loi", f"{base}-chu"
    hint_text = hint or bound.help_text
    described = [part for part, wanted in ((hint_id, hint_text), (error_id, bound.errors)) if wanted]

    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if not is_choice_group and not is_tick:
        own = str(widget.attrs.get("class", ""))
        look = "form-select" if isinstance(widget, forms.Select) else "form-control"
        if is_file:
            look = "visually-hidden"
        attrs["class"] = " ".join(
            filter(None, (own, look, "is-invalid" * bool(bound.errors and not is_file)))
        )

    shows_optional = not bound.field.required and not is_tick if optional is None else optional
    name = label or bound.label or ""
    title = format_html(
        "{}{}",
        name,
        format_html(' <span class="opt">{}</span>', _("(không bắt buộc)")) if shows_optional else "",
    )
    hint_html = format_html('<p class="form-text" id="{}">{}</p>', hint_id, hint_text) if hint_text else ""
    errors = _errors(bound, error_id, icon)
    opening = format_html(' class="{}"', cls) if cls else ""

    if is_choice_group:
        choices = format_html_join("", '<label class="form-check">{} {}</label>', (
            (option.tag(), option.choice_label) for option in bound.subwidgets
        ))  # fmt: skip
        about = format_html(' aria-describedby="{}"', attrs["aria-describedby"]) if described else ""
        return format_html(
            '<fieldset{} id="{}" tabindex="-1"{}><legend class="form-label">{}</legend>{}{}{}</fieldset>',
            opening, base, about, title, hint_html, choices, errors,
        )  # fmt: skip
    control = SafeString(bound.as_widget(attrs=attrs))
    if is_tick:
        return format_html(
            '<div{}><label class="form-check">{} <span>{}</span></label>{}{}</div>',
            opening, control, title, hint_html, errors,
        )  # fmt: skip
    if is_file:
        takes_pictures = "image" in str(widget.attrs.get("accept", "image"))
        control = _drop(control, base, bool(bound.errors), icon, takes_pictures=takes_pictures)
    elif isinstance(widget, forms.PasswordInput):
        control = format_html(
            '<div class="input-x">{}<button class="btn btn-icon js-only" type="button" aria-label="{}"'
            ' aria-pressed="false" data-reveal="{}">{}</button></div>',
            control, _("Hiện mật khẩu"), base, icon("eye"),
        )  # fmt: skip
    return format_html(
        '<div{}><label class="form-label" for="{}">{}</label>{}{}{}</div>',
        opening, base, title, hint_html, control, errors,
    )  # fmt: skip


def _drop(
    control: SafeString, base: str, is_invalid: bool, icon: Icon, *, takes_pictures: bool
) -> SafeString:
    """A place to drop a file; the label is the button, so it works without script as well."""
    return format_html(
        '<div class="drop{}" data-drop>{}<br>{}<label for="{}"><b>{}</b> {}</label>'
        '<br><span class="sm" data-file-name role="status">{}</span></div>',
        " is-invalid" * is_invalid, icon("upload"), control, base, _("Chọn tệp"),
        _("hoặc kéo thả vào đây"), _("Trên điện thoại có thể chụp ảnh ngay") if takes_pictures else "",
    )  # fmt: skip


def errors_html(given: Iterable[BaseForm], *, icon: Icon) -> SafeString:
    """All places to mend in these forms: how many, and a link to each."""
    items: list[SafeString] = []
    for form in given:
        if not form.is_bound:
            continue
        for text in form.non_field_errors():
            items.append(format_html("<li>{}</li>", text))
        for bound in form:
            for text, _fix in _messages(bound):
                target = bound.id_for_label or bound.auto_id or f"id_{bound.html_name}"
                items.append(format_html('<li><a href="#{}">{}: {}</a></li>', target, bound.label, text))
    if not items:
        return SafeString("")
    head = ngettext("Còn %(n)d chỗ cần sửa", "Còn %(n)d chỗ cần sửa", len(items)) % {"n": len(items)}
    return format_html(
        '<div class="note bad" role="alert" tabindex="-1" data-errors>{}<div><b>{}</b>'
        '<ol class="errors">{}</ol></div></div>',
        icon("alert-circle"), head, SafeString("".join(items)),
    )  # fmt: skip
