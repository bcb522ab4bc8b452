"""What waits for whom: the inbox "Việc của tôi" of every person is filled from here."""

from __future__ import annotations

from django.db import models

from khue.kernel.access.scope import Scope, ScopedManager


class Task(models.Model):
    """Something to be done by one person, or by whoever holds a permission at a unit."""

    kind = models.CharField(max_length=60)  # declared in a manifest's task_kinds
    title = models.CharField(max_length=200)
    detail = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=300)
    action_label = models.CharField(max_length=60)
    person = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey("org.Unit", models.CASCADE, null=True, related_name="+")
    permission = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=80)  # "roster.transfer:12": tasks of one subject close together
    due_at = models.DateTimeField(null=True)
    done_of = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")
    audit_name = "Việc"

    class Meta:
        db_table = "workflow_task"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "person", "unit"],
                condition=models.Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="workflow_one_open_task_a_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False)
                | (models.Q(unit__isnull=False) & ~models.Q(permission="")),
                name="workflow_task_waits_for_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person"], name="workflow_open_by_person", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["unit"], name="workflow_open_by_unit", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(fields=["subject"], name="workflow_by_subject"),
        ]

    def __str__(self) -> str:
        return self.title
