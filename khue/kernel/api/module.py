"""Manifest of the API room."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, Permission

MODULE = Module(
    name="api",
    label="API",
    permissions=(Permission("api.use", "Dùng API", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE), dangerous=False),),
)
