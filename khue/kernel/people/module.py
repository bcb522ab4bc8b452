"""Manifest of the room of people and their accounts."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, PersonalData, Setting

MODULE = Module(
    name="people",
    label="Tài khoản",
    permissions=(
        Permission(
            "people.view_accounts",
            "Xem tài khoản",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER),
        ),
        Permission(
            "people.hand_out_codes",
            "Cấp mã kích hoạt, mã đặt lại mật khẩu",
            (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER),
            dangerous=True,
        ),
        Permission("people.open_accounts", "Mở tài khoản", (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE)),
        Permission(
            "people.disable_accounts",
            "Khóa và mở tài khoản",
            (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE),
            dangerous=True,
        ),
    ),
    navigation=(NavLink("Tài khoản", "people:accounts", "id", "people.view_accounts", "Hệ thống", 890),),
    settings=(
        Setting("people.code_hours", "Mã dùng một lần có hiệu lực (giờ)", "int", 72),
        Setting("people.staff_idle_minutes", "Cán bộ không thao tác thì thoát sau (phút)", "int", 30),
        Setting(
            "people.teachers_need_second_factor",
            "Giáo viên phải có lớp xác thực thứ hai",
            "bool",
            False,
            help="Vai trò có quyền (lãnh đạo, văn thư, chuyên viên) luôn phải có.",
        ),
    ),
    personal_data=(
        PersonalData(
            "Họ tên, ngày sinh, giới tính, số định danh, mã Bộ",
            "basic",
            "Nhà trường theo phạm vi",
            "Vĩnh viễn (học bạ)",
        ),
        PersonalData("Dân tộc", "sensitive", "GVCN, văn phòng trường", "Khi đang học và 5 năm sau"),
        PersonalData("Địa chỉ, điện thoại", "basic", "GVCN, văn phòng trường", "Khi đang học và 1 năm sau"),
        PersonalData("Nhật ký đăng nhập", "sensitive", "Cán bộ an ninh thông tin", "24 tháng"),
    ),
    demo=("khue.kernel.people.demo.make",),
    benches=("khue.kernel.people.bench.login", "khue.kernel.people.bench_rate.login_rate"),
    jobs=(
        Job("people.mail_code", "Gửi mã đặt lại mật khẩu", "khue.kernel.people.jobs.mail_code"),
        Job(
            "people.sweep",
            "Dọn phiên, mã và lần thử đã cũ",
            "khue.kernel.people.sweeping.sweep",
            cron="17 2 * * *",
        ),
        Job(
            "people.count_province",
            "Đếm người của tỉnh theo loại",
            "khue.kernel.people.tallies.count_province",
            cron="*/10 * * * *",
        ),
    ),
    notices=(
        NoticeKind("people.new_device", "Đăng nhập từ máy mới", urgency="pressing", must_reach=True),
        NoticeKind("people.changed", "Cách đăng nhập vừa thay đổi", urgency="pressing", must_reach=True),
    ),
    action_labels={
        "people.add_app": "Thêm ứng dụng xác thực",
        "people.add_passkey": "Thêm khóa đăng nhập",
        "people.change_email": "Đổi thư điện tử của tài khoản",
        "people.change_password": "Đổi mật khẩu",
        "people.enable_accounts": "Mở khóa tài khoản",
        "people.end_other_sign_ins": "Thoát các lần đăng nhập khác",
        "people.end_sign_in": "Thoát một lần đăng nhập",
        "people.issue_codes": "Cấp mã kích hoạt, mã đặt lại mật khẩu",
        "people.make_administrator": "Lập tài khoản quản trị",
        "people.mail_code": "Gửi mã đặt lại mật khẩu qua thư",
        "people.redeem_code": "Đặt mật khẩu bằng mã",
        "people.remove_factor": "Bỏ một cách xác thực",
        "people.renew_recovery_codes": "Làm mới mã khôi phục",
        "people.take_factors": "Gỡ lớp xác thực cho người mất điện thoại",
    },
    url_prefix="tai-khoan/",
)
