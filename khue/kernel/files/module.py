"""Manifest of the room of files."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, Permission, PersonalData

MODULE = Module(
    name="files",
    label="Tệp",
    permissions=(Permission("files.view", "Tải tệp của đơn vị", roles.SCHOOL_OFFICE),),
    personal_data=(
        PersonalData(
            "Tệp tải lên (danh sách, ảnh, giấy tờ)",
            "basic",
            "Người gửi, văn phòng trường",
            "Theo mục đích của tệp",
        ),
    ),
    action_labels={
        "files.store": "Tải tệp lên",
    },
    url_prefix="tep/",
)
