"""One row per human being for life, and the account by which a person signs in.

A person is never deleted: two records of one human are merged (`merged_into`) and can be parted again. `search_key`
is the name without diacritics, `sort_key` orders names the Vietnamese way (rules/16); both are computed in Python so
that every database sorts the same. What a person is (pupil, teacher, parent) is said by other modules' records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager, ScopedQuerySet
from khue.kernel.people.reach import people_reached

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor


class Sex(models.IntegerChoices):
    """ISO 5218 as schools use it."""

    MALE = 1, _("Nam")
    FEMALE = 2, _("Nữ")


class BirthPrecision(models.TextChoices):
    """Some birth certificates give only a month or a year."""

    DAY = "d", _("Đủ ngày")
    MONTH = "m", _("Chỉ tháng và năm")
    YEAR = "y", _("Chỉ năm")


class PersonManager(ScopedManager["Person"]):
    """People by their own scope; for permissions of this room, by the records of the modules."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[Person]:
        """The people the permission reaches."""
        if not permission.startswith("people."):
            return super().visible_to(actor, permission)
        condition = people_reached(actor, permission)
        return self.get_queryset().none() if condition is None else self.get_queryset().filter(condition)


class Person(models.Model):
    """A human being: pupil, guardian, staff, or several of these at once."""

    full_name = models.CharField(_("Họ và tên"), max_length=100)
    given_name = models.CharField(_("Tên"), max_length=40)
    birth_date = models.DateField(_("Ngày sinh"), null=True, blank=True)
    birth_precision = models.CharField(
        max_length=1, choices=BirthPrecision.choices, default=BirthPrecision.DAY
    )
    sex = models.SmallIntegerField(_("Giới tính"), choices=Sex.choices, null=True, blank=True)
    ethnicity = models.CharField(_("Dân tộc"), max_length=2, blank=True)  # rules/16 section 6
    nationality = models.CharField(_("Quốc tịch"), max_length=2, default="VN")
    personal_id = models.CharField(_("Số định danh cá nhân"), max_length=12, null=True, blank=True)
    ministry_code = models.CharField(_("Mã định danh Bộ GD&ĐT"), max_length=20, null=True, blank=True)
    code = models.CharField(_("Mã Khuê"), max_length=14)  # ours for life, given before any other
    phone = models.CharField(_("Điện thoại"), max_length=16, blank=True)  # E.164
    email = models.EmailField(_("Thư điện tử"), blank=True)
    birth_place = models.CharField(_("Nơi sinh"), max_length=200, blank=True)
    home_town = models.CharField(_("Quê quán"), max_length=200, blank=True)
    address = models.CharField(_("Chỗ ở"), max_length=200, blank=True)
    commune_code = models.CharField(_("Xã, phường"), max_length=5, blank=True)
    legacy_district = models.CharField(_("Huyện cũ"), max_length=100, blank=True)
    died_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", db_index=False
    )
    search_key = models.CharField(max_length=100)
    sort_key = models.CharField(max_length=400)
    version = models.IntegerField(default=1)  # grows with each change; two tabs never overwrite each other

    objects: PersonManager = PersonManager()

    scope = Scope(person="pk")
    audit_name = "Hồ sơ cá nhân"

    class Meta:
        db_table = "people_person"
        indexes = [
            GinIndex(SearchVector("search_key", config="simple"), name="people_person_by_name_words"),
            models.Index(fields=["search_key", "birth_date"], name="people_person_by_name_birth"),
            models.Index(
                fields=["birth_date"],
                name="people_person_by_birth",
                condition=models.Q(birth_date__isnull=False),
            ),
            models.Index(fields=["phone"], name="people_person_by_phone", condition=~models.Q(phone="")),
            models.Index(
                fields=["merged_into"],
                name="people_person_by_merge",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]
        # Not `unique=True` on the field: that also keeps a second index for LIKE, which nobody asks.
        constraints = [
            models.UniqueConstraint(fields=["code"], name="people_person_code_names_one_person"),
            models.UniqueConstraint(
                fields=["personal_id"],
                condition=models.Q(merged_into__isnull=True),
                name="people_one_active_person_a_personal_id",
            ),
            models.UniqueConstraint(
                fields=["ministry_code"],
                condition=models.Q(merged_into__isnull=True),
                name="people_one_active_person_a_ministry_code",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name


class Identifier(models.Model):
    """A number of a person in some other system or time: a vendor's pupil code, an old identity card, a passport."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="identifiers", db_index=False)
    system = models.CharField(
        max_length=30
    )  # 'school', 'cmnd', 'passport', 'vneid', 'temporary', vendor names
    value = models.CharField(max_length=60)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    replaced_on = models.DateField(null=True, blank=True)

    scope = Scope(person="person_id")

    class Meta:
        db_table = "people_identifier"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "value", "unit"],
                nulls_distinct=False,
                name="people_identifier_names_one_person",
            )
        ]
        indexes = [models.Index(fields=["person"], name="people_identifier_by_person")]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class AccountManager(BaseUserManager["Account"]):
    """Accounts are made by actions; Django only looks them up here."""

    def visible_to(self, actor: Actor, permission: str) -> models.QuerySet[Account]:
        """The accounts of the people the permission reaches, as the modules' records say (`reach`)."""
        condition = people_reached(actor, permission, column="person_id")
        return self.none() if condition is None else self.filter(condition)

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a login name, whatever its case."""
        return self.get(login_name=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """The one account of a person. It has no password until its owner chooses one by a one-time code."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    login_name = models.CharField(_("Tên đăng nhập"), max_length=60)
    is_active = models.BooleanField(default=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    session_epoch = models.IntegerField(default=0)  # grows when every open session must die
    email = models.EmailField(blank=True)

    USERNAME_FIELD = "login_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()
    scope = Scope(person="person_id")
    audit_hide = frozenset({"password"})
    audit_name = "Tài khoản"

    class Meta:
        db_table = "people_account"
        constraints = [
            models.UniqueConstraint(fields=["login_name"], name="people_login_name_names_one_account")
        ]

    def __str__(self) -> str:
        return self.login_name

    @property
    def is_activated(self) -> bool:
        """Whether the owner has chosen a secret of their own."""
        return self.activated_at is not None

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Open sessions die when the password changes or `session_epoch` grows."""
        return salted_hmac(
            "khue.people.session", f"{self.session_epoch}:{self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()

    # What django.contrib code asks of a user; Khuê's own rights never go this way.
    is_staff = False
    is_superuser = False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's permissions are not used."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Django's permissions are not used."""
        return False


class OneTimeCode(models.Model):
    """A one-time code handed to a person to activate or reset an account; only its keyed hash is kept."""

    class Purpose(models.TextChoices):
        ACTIVATE = "activate", _("Kích hoạt lần đầu")
        RESET = "reset", _("Đặt lại mật khẩu")
        LINK_CHILD = "link_child", _("Liên kết với con")

    account = models.ForeignKey(Account, models.CASCADE, related_name="codes", db_index=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    code_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    tries = models.SmallIntegerField(default=0)
    issued_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(auto_now_add=True)

    audit_hide = frozenset({"code_hash"})
    scope = Scope(person="account__person_id")

    class Meta:
        db_table = "people_one_time_code"
        indexes = [models.Index(fields=["account", "purpose"], name="people_code_by_account")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.account_id}"


class SignIn(models.Model):
    """One signed-in browser: listed to its owner, and revocable."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="sign_ins", db_index=False)
    session_hash = models.CharField(max_length=64, unique=True)
    method = models.CharField(max_length=20)  # 'password', 'passkey', 'demo'
    second_factor = models.CharField(max_length=20, blank=True)  # 'totp', 'passkey', 'recovery'
    ip = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200)
    is_new_device = models.BooleanField(
        default=False, db_default=False
    )  # a browser the owner had not used before
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(person="account__person_id")

    class Meta:
        db_table = "people_sign_in"
        indexes = [
            models.Index(fields=["account", "ended_at"], name="people_sign_in_by_account"),
            models.Index(fields=["started_at"], name="people_sign_in_by_start"),  # what figures take anew
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at}"


class SignInAttempt(models.Model):
    """Failed attempts by name and by device: guessing is slowed and nobody is locked out by a stranger."""

    key = models.CharField(max_length=80, unique=True)  # 'name:<hash>:<device or stranger>', 'ip:<address>'
    failures = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_sign_in_attempt"

    def __str__(self) -> str:
        return self.key


class KnownDevice(models.Model):
    """A browser from which this account has signed in; it keeps its own count of failures."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="devices", db_index=False)
    token_hash = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "people_known_device"
        constraints = [
            models.UniqueConstraint(fields=["account", "token_hash"], name="people_device_once_an_account")
        ]

    def __str__(self) -> str:
        return self.label


class ApiToken(models.Model):
    """A key by which another system reads in a person's capacity; only its hash is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens")
    capacity = models.CharField(max_length=60)
    label = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    audit_hide = frozenset({"token_hash"})
    scope = Scope(person="account__person_id")

    class Meta:
        db_table = "people_api_token"

    def __str__(self) -> str:
        return self.label


class Tally(models.Model):
    """How many people of one kind the whole province has, counted now and then behind the pages."""

    kind = models.CharField(max_length=40, primary_key=True)  # of a manifest's people scope
    people = models.IntegerField()
    as_of = models.DateTimeField()

    class Meta:
        db_table = "people_tally"

    def __str__(self) -> str:
        return f"{self.kind} {self.people}"
