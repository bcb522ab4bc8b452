"""Manifest of offline."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, PersonalData

MODULE = Module(
    name="offline",
    label="Làm việc không mạng",
    permissions=(
        Permission("offline.carry", "Mang lớp của mình theo khi không có mạng", roles.TEACHERS),
        Permission("offline.settle", "Chọn giá trị ở chỗ vênh", roles.TEACHERS),
        Permission("offline.review", "Xét những gì tới sau khi khóa", roles.HEADS),
        Permission("offline.manage", "Xem và cắt máy mang đi của trường", (*roles.SCHOOL_OFFICE, roles.ADMINISTRATOR)),
    ),
    navigation=(
        NavLink("Sổ mang theo", "offline:book", "cloud-off", "offline.carry", "Lớp và môn", 344),
        NavLink("Chỗ vênh", "offline:clashes", "arrows-exchange", "offline.settle", "Lớp và môn", 345),
        NavLink("Ghi lúc không mạng", "offline:reviews", "clock", "offline.review", "Lớp và môn", 346),
        NavLink("Máy mang đi", "offline:school_devices", "device-desktop", "offline.manage", "Hệ thống", 895),
    ),
    jobs=(
        Job(
            "offline.sweep",
            "Xóa nhật kí nối mạng đã cũ",
            "khue.kernel.offline.sweeping.sweep",
            cron="50 19 * * *",  # 02:50 of the province
        ),
    ),
    notices=(
        NoticeKind("offline.cut_off", "Máy mang đi bị cắt"),
        NoticeKind("offline.review", "Kết quả xét những gì ghi lúc không có mạng"),
    ),
    personal_data=(
        PersonalData(
            "Máy mang đi: tên máy, lần nối cuối", "basic", "Chủ máy, lãnh đạo, văn thư của trường",
            "Đến khi tài khoản bị xóa",
        ),
        PersonalData(
            "Điểm, điểm danh ghi lúc không có mạng, chưa vào sổ", "basic", "Người ghi, người được giao xét",
            "60 ngày sau khi xong; phần chờ xét giữ theo hồ sơ lớp",
        ),
    ),
    task_kinds={
        "offline.clash": "Chỗ vênh sau khi nối mạng",
        "offline.review": "Xét những gì tới sau khi khóa",
    },
    action_labels={
        "offline.register": "Thêm máy mang đi",
        "offline.carry": "Mang dữ liệu theo máy",
        "offline.add_replica": "Đặt lại bản dữ liệu trên máy",
        "offline.receive": "Nhận những gì ghi lúc không có mạng",
        "offline.leave": "Tự cắt máy mang đi",
        "offline.cut_off": "Cắt máy mang đi của người khác",
        "offline.settle_clash": "Chọn giá trị ở chỗ vênh",
        "offline.accept_review": "Cho ghi những gì tới sau khi khóa",
        "offline.reject_review": "Không ghi những gì tới sau khi khóa",
    },
    url_prefix="ngoai-tuyen/",
)  # fmt: skip
