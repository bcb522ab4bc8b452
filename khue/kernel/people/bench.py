"""What a log-in costs, beside the one password hash that nobody can do without."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.test import Client
from django.urls import reverse

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account

PASSWORD = "một câu dài chỉ để đo"  # noqa: S105 (set inside a transaction that is rolled back)


@bench("login", group="foundation")
def login(run: Run) -> Iterator[Result]:
    """Log-in by password: form posted, hash checked, session opened and listed."""
    account = Account.objects.filter(is_active=True).order_by("pk").first()
    if account is None:
        raise CannotMeasureError("chưa có tài khoản nào; chạy khue demo trước.")
    meter = run.meter
    host = next((name for name in settings.ALLOWED_HOSTS if name not in ("*", "")), "localhost")
    with leaving_nothing():
        account.password = make_password(PASSWORD)
        account.save(update_fields=["password"])
        address = reverse("people:login")

        browser = Client(HTTP_HOST=host)

        def sign_in() -> None:
            browser.cookies.clear()  # a browser nobody knows
            answer = browser.post(address, {"name": account.login_name, "password": PASSWORD})
            if answer.status_code != 302:
                raise CannotMeasureError(f"đăng nhập trả về {answer.status_code}.")

        cost = meter.typical(sign_in, rounds=15, warm=3)
        hashing = meter.typical(lambda: check_password(PASSWORD, account.password), rounds=15, warm=2)
    yield Result(
        "login",
        cost.cpu_ms,
        cost.wall_ms,
        1,
        hashing.cpu_ms,
        cost.cpu_ms / hashing.cpu_ms,
        "một lần băm Argon2id",
    )
