"""Manifest of the room of background work."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, Permission

MODULE = Module(
    name="jobs",
    label="Việc nền",
    permissions=(Permission("jobs.view", "Xem việc nền của đơn vị", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),),
    jobs=(Job("jobs.sweep", "Nối lại việc bị đứt", "khue.kernel.jobs.sweep.sweep", cron="* * * * *"),),
    url_prefix="viec-nen/",
)
