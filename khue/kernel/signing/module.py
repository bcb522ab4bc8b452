"""Manifest of the signing room."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, Permission, PersonalData, Setting

MODULE = Module(
    name="signing",
    label="Ký số",
    permissions=(
        Permission(
            "signing.view",
            "Xem chứng thư số và chữ ký của đơn vị",
            (*roles.OVERSEERS, *roles.HEADS, roles.CLERK),
        ),
        Permission("signing.register_seal", "Đăng ký con dấu số của trường", roles.HEADS, dangerous=True),
        Permission("signing.use_seal", "Đóng con dấu số của trường", (*roles.HEADS, roles.CLERK)),
        Permission(
            "signing.trust", "Quyết định tin tổ chức cấp chứng thư số", (roles.ADMINISTRATOR,), dangerous=True
        ),
    ),
    action_labels={
        "signing.register_certificate": "Đăng ký chứng thư số của mình",
        "signing.withdraw_certificate": "Thôi dùng chứng thư số của mình",
        "signing.withdraw_seal": "Thôi dùng con dấu số",
        "signing.issue_trial": "Cấp khóa thử nghiệm",
        "signing.issue_trial_seal": "Cấp con dấu thử nghiệm",
        "signing.distrust": "Thôi tin tổ chức cấp chứng thư số",
    },
    settings=(
        Setting(
            "signing.stamp_url",
            "Địa chỉ dịch vụ dấu thời gian",
            "text",
            "",
            help="Để trống: chữ ký không có dấu thời gian, sổ đăng ký chứng minh giờ ký.",
        ),
        Setting("signing.remote_url", "Địa chỉ dịch vụ ký số từ xa (CSC API v2)", "text", ""),
        Setting(
            "signing.revocation",
            "Khi chưa có thông tin thu hồi chứng thư",
            "choice",
            "require",
            choices=(("require", "Không cho ký, chưa kết luận"), ("when_known", "Vẫn tiếp tục")),
            legal_source="Luật Giao dịch điện tử 20/2023/QH15",
        ),
        Setting(
            "signing.most_an_hour", "Một người ký nhiều nhất bao nhiêu chữ ký trong một giờ", "int", 6000
        ),
    ),
    personal_data=(
        PersonalData(
            "Chứng thư số, chữ ký số",
            "basic",
            "Chủ chứng thư, lãnh đạo đơn vị, người nhận văn bản",
            "Vĩnh viễn, cùng văn bản đã ký",
        ),
    ),
    benches=("khue.kernel.signing.bench.sign",),
    url_prefix="chu-ky-so/",
)
