"""Manifest of the room of notices."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, PersonalData, Setting

MODULE = Module(
    name="notify",
    label="Thông báo",
    permissions=(
        Permission("notify.view_costs", "Xem tiền nhắn tin", (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE)),
    ),
    navigation=(NavLink("Tiền nhắn tin", "notify:costs", "cash", "notify.view_costs", "Hệ thống", 925),),
    settings=(
        Setting(
            "notify.quiet_from",
            "Giờ bắt đầu yên lặng",
            "int",
            21,
            help="Không gửi thư, tin nhắn sau giờ này.",
        ),
        Setting("notify.quiet_until", "Giờ hết yên lặng", "int", 6),
        Setting(
            "notify.emergency_from",
            "Tin khẩn cấp gửi được từ giờ",
            "int",
            5,
            help="Bão, dịch: gửi cả trong giờ yên lặng, từ giờ này.",
        ),
        Setting("notify.emergency_until", "Tin khẩn cấp gửi được đến giờ", "int", 22),
        Setting(
            "notify.escalate_after",
            "Tin gấp chưa đọc thì nhắn SMS, Zalo sau (phút)",
            "int",
            5,
            help="Người không bật báo tin trên trình duyệt được nhắn ngay.",
        ),
        Setting(
            "notify.show_names",
            "Hiện tên học sinh ngoài màn hình khóa và trong tin SMS",
            "bool",
            True,
            help="Chỉ với tin vắng học và tin khẩn. Mỗi người tự tắt được cho mình.",
        ),
        Setting(
            "notify.sender", "Tên người gửi SMS, Zalo", "text", "KHUE", help="Tên đã đăng ký với nhà mạng."
        ),
        Setting(
            "notify.via",
            "Nhắn bằng",
            "choice",
            "sms",
            choices=(("sms", "SMS"), ("zalo", "Zalo"), ("zalo_sms", "Zalo trước, không được thì SMS")),
        ),
        Setting(
            "notify.plain_text",
            "Tin SMS không dấu",
            "bool",
            True,
            help="Một tin không dấu dài 160 chữ, có dấu chỉ 70.",
        ),
        Setting("notify.price", "Giá một tin nhắn (đồng)", "int", 350),
        Setting(
            "notify.cap_province",
            "Tiền nhắn tin cả tỉnh mỗi tháng, nhiều nhất (đồng)",
            "int",
            0,
            help="0: không nhắn tin nào. Hết hạn mức thì chỉ báo trên trình duyệt và qua thư.",
        ),
        Setting(
            "notify.cap_school",
            "Tiền nhắn tin của trường mỗi tháng, nhiều nhất (đồng)",
            "int",
            500_000,
            min_level="school",
            help="Trong hạn mức của tỉnh.",
        ),
    ),
    notices=(
        NoticeKind("notify.trial", "Khuê thử báo tin", urgency="pressing"),
        NoticeKind("notify.cap_reached", "Hết tiền nhắn tin của tháng"),
    ),
    personal_data=(
        PersonalData(
            "Địa chỉ báo tin của trình duyệt", "basic", "Không ai, chỉ máy gửi tin", "Đến khi tắt báo tin"
        ),
        PersonalData("Tin đã gửi cho từng người", "basic", "Chỉ người nhận", "5 năm"),
    ),
    jobs=(Job("notify.tend", "Trông việc gửi thông báo", "khue.kernel.notify.jobs.tend", cron="* * * * *"),),
    benches=("khue.kernel.notify.bench.notices_sent",),
    action_labels={
        "notify.mark_read": "Đọc thông báo",
        "notify.set_wishes": "Đổi cách nhận tin",
        "notify.subscribe": "Bật báo tin trên trình duyệt",
        "notify.tell": "Gửi thông báo",
        "notify.try_out": "Thử báo tin",
        "notify.unsubscribe": "Tắt báo tin trên trình duyệt",
    },
    url_prefix="thong-bao/",
)
