"""Sheets of pupils who move, packages that leave or come."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("org", "0003_repeated_indexes"),
        ("people", "0004_birth_index"),
        ("report_cards", "0004_checkpoints"),
        ("roster", "0006_transfer_asked_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("composed", "Chờ hiệu trưởng ký"),
                            ("signed", "Chờ ký số của trường"),
                            ("issued", "Đã ký, đóng dấu số"),
                        ],
                        default="composed",
                        max_length=10,
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("reference", models.CharField(max_length=26, unique=True)),
                ("data", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("paper_sha256", models.CharField(blank=True, max_length=64)),
                ("is_test", models.BooleanField(default=False)),
                ("composed_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField(null=True)),
                ("version", models.IntegerField(default=1)),
                (
                    "enrolment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="roster.enrolment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "transfer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="roster.transfer"
                    ),
                ),
            ],
            options={
                "db_table": "report_cards_transfer_sheet",
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("direction", models.CharField(choices=[("out", "Gửi đi"), ("in", "Nhận về")], max_length=3)),
                ("other", models.CharField(max_length=200, verbose_name="Trường, tỉnh bên kia")),
                ("receipt", models.CharField(blank=True, max_length=100, verbose_name="Giấy tiếp nhận")),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("verdict", models.CharField(max_length=14)),
                ("reasons", models.JSONField(default=list)),
                (
                    "years",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), default=list, size=None
                    ),
                ),
                ("cards", models.JSONField(default=list)),
                ("version", models.IntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "db_table": "report_cards_package",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "sha256", "direction"), name="report_cards_one_package_a_content"
                    )
                ],
            },
        ),
    ]
