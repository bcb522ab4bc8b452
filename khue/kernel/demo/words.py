"""Words from which invented people and places are named (shares of families: rules/16 section 9).

Nobody here is real. Places are invented too: Lam Giang is no province, and its communes have no official code.
"""

from __future__ import annotations

from typing import Final

# Family names by ethnic group (code of rules/16 section 6), in per mille.
FAMILIES: Final[dict[str, dict[str, int]]] = {
    "01": {
        "Nguyễn": 380, "Trần": 110, "Lê": 95, "Phạm": 70, "Hoàng": 44, "Huỳnh": 6, "Phan": 40, "Vũ": 30,
        "Võ": 10, "Đặng": 22, "Bùi": 21, "Đỗ": 20, "Hồ": 14, "Ngô": 14, "Dương": 11, "Lý": 6, "Trịnh": 16,
        "Đinh": 10, "Mai": 12, "Lương": 9, "Đoàn": 8, "Trương": 9, "Cao": 8, "Lưu": 6, "Tạ": 4, "Chu": 4,
        "Hà": 6, "Tô": 3, "Thái": 2, "Lại": 2, "Doãn": 2, "Hứa": 1, "Nghiêm": 1, "Quách": 1, "Kiều": 1,
    },
    "02": {"Nông": 220, "Hoàng": 190, "Lương": 110, "Ma": 100, "Bế": 60, "Đàm": 60, "Lục": 50, "Triệu": 60,
           "Vi": 50, "Nguyễn": 60, "Hà": 40},
    "03": {"Lò": 260, "Quàng": 90, "Hà": 150, "Vi": 110, "Lường": 100, "Cầm": 60, "Lương": 90, "Hoàng": 50,
           "Cà": 40, "Tòng": 30, "Lữ": 20},
    "05": {"Thạch": 300, "Kim": 200, "Sơn": 150, "Danh": 150, "Châu": 100, "Lâm": 100},
    "06": {"Bùi": 300, "Quách": 120, "Đinh": 140, "Hà": 100, "Bạch": 60, "Cao": 80, "Phạm": 110, "Trương": 90},
    "07": {"Nông": 300, "Hoàng": 200, "Lương": 120, "Vi": 120, "Lục": 80, "Long": 60, "Hứa": 60, "Triệu": 60},
    "08": {"Giàng": 220, "Vàng": 200, "Sùng": 150, "Thào": 130, "Lầu": 90, "Mùa": 70, "Hơ": 60, "Vừ": 50, "Cứ": 30},
    "09": {"Triệu": 260, "Bàn": 220, "Phùng": 150, "Đặng": 130, "Lý": 120, "Chảo": 60, "Tẩn": 60},
    "12": {"Niê": 400, "Ê Ban": 150, "Mlô": 250, "Kbuôr": 100, "Hwing": 100},
    "29": {"Moong": 300, "Lữ": 250, "Cụt": 250, "Xeo": 200},
}  # fmt: skip

BOY_MIDDLES: Final = (
    "Gia Minh Đức Quốc Bảo Hoàng Tuấn Văn Hữu Đăng Nhật Thành Quang Việt Xuân Tiến Duy Công Hải Trung Thanh Phúc "
    "Anh Mạnh Ngọc Đình Thế"
).split()
BOY_NAMES: Final = (
    "Bảo Huy Minh Khang Khôi Anh Nam Phúc Quân Đạt Hưng Phong Dũng Tùng Sơn Hiếu Khoa Long Hải Đức Trung Kiên "
    "Thịnh Lâm Bình Cường Tú Việt Vinh An Duy Hoàng Thành Tuấn Quang Nguyên Khánh Đăng Tiến Toàn Thắng Mạnh Lộc "
    "Tài Nhân Trí Thiện Bách Vũ Dương Hùng Nghĩa Chiến Quyết Đạo"
).split()
GIRL_MIDDLES: Final = (
    "Thị Ngọc Thu Bảo Phương Khánh Minh Thanh Quỳnh Hoài Thùy Mai Gia Diệu Hà Thảo Kim Hồng Yến Lan Bích Tường Hải "
    "Nhật Ánh Tuyết Cẩm"
).split()
GIRL_NAMES: Final = (
    "Anh Linh Chi Trang Nhi Vy Ngọc Hà Thảo Hân My Ngân Hương Mai Phương Quỳnh Huyền Châu An Giang Yến Thư Trâm "
    "Diệp Trúc Ánh Dương Hằng Nga Oanh Uyên Thùy Lan Như Tâm Hiền Dung Vân Diễm Đan Nhung Hoa Hạnh Loan Thúy Xuân "
    "Thơm Lam Tuyết Hậu"
).split()
MAN_MIDDLES: Final = "Văn Văn Văn Văn Đức Xuân Hữu Quang Ngọc Đình Quốc Mạnh Viết Công Minh Trọng Bá Thanh".split()
MAN_NAMES: Final = (
    "Hùng Dũng Tuấn Cường Bình Hải Thắng Thành Minh Hòa Sơn Tùng Nam Long Hà Đức Trung Kiên Chiến Quang Toàn Tâm "
    "Hưng Vinh Thọ Phú Lợi Quý Lâm Hiếu Khánh Tiến Mạnh Dương Đạt Việt Thịnh Phong Lực Tài Nghĩa Thái Hoàng Tú Bảo"
).split()
WOMAN_MIDDLES: Final = "Thị Thị Thị Thị Thị Thị Thu Ngọc Thanh Minh Kim Hồng Thúy Bích Phương Lan Mai Hoàng".split()
WOMAN_NAMES: Final = (
    "Hòa Lan Hương Hoa Mai Thủy Hằng Nga Hạnh Dung Thảo Yến Liên Hiền Vân Loan Phương Tâm Nhung Huệ Xuân Thu Hà "
    "Tuyết Oanh Lý Hường Thúy Nguyệt Ngân Trang Linh Anh Hồng Thơm Tươi Quyên Duyên Bình Minh Ngọc Châu Chi Vinh"
).split()
MONG_MEN: Final = "A Páo|A Chứ|A Dính|A Sềnh|A Lử|A Tủa|A Vảng|A Phổng|A Dơ|Mí Sính|Seo Lừ|Văn Páo|A Nủ|A Chống".split("|")
MONG_WOMEN: Final = "Thị Mỷ|Thị Dợ|Thị Sua|Thị Xía|Thị Chở|Thị Máy|Thị Pàng|Thị Dua|Thị Mai|Thị Say|Thị Vá|Thị Ca".split("|")

# Communes of the invented province: those of the mountains, where most people are of minorities, and the others.
MOUNTAIN_COMMUNES: Final = (
    "Mường Khoa|Nậm Lanh|Pù Lau|Nậm Hin|Na Khoang|Suối Vạn|Bản Sặt|Pù Sạng|Tà Cang|Huổi Nón|Bản Lầm|Mường Áng|Na Tông|"
    "Bản Ngà|Lũng Cao|Mường Chanh|Pù Bin|Nà Hỳ|Suối Lạnh|Huổi Sen|Mường Và|Bản Quyền|Khe Lau|Nậm Cọ|Pá Mu|Lũng Thơ|"
    "Tả Van Hồ|Bó Lạnh|Mường Lai|Phiêng Sơn|Chiềng Yên|Chiềng Sàn|Nậm Phung|Pác Miều|Thẳm Dương|Cò Nòi Thượng|Xuân Lũng|"
    "Suối Khoáng|Bản Vược|Nà Tấu"
).split("|")
PLAIN_FIRST: Final = "Đông|Sông|Hàm|Xuân|Thọ|Định|Yên|Vĩnh|Triệu|Hậu|Quảng|Hoằng|Ngọc|Thanh|Minh|Phú|Tân|An|Bình|Hòa|Kim|Long".split("|")
PLAIN_SECOND: Final = "Lam|Giang|Sơn|Hải|Lập|Thành|Tiến|Lộc|Châu|Phong|Trung|Khê|Vân|Thịnh|Hưng|Lâm|Hà|Xá".split("|")
WARDS: Final = "Đông Kinh|Sông Lam|Nguyệt Viên|Đào Duy|Tân Dân|Hải Bình|Trúc Lâm|Nam Sầm".split("|")
OLD_DISTRICTS: Final = (
    "Mường Khoa|Nậm Lanh|Pù Lau|Lũng Cao|Mường Áng|Xuân Thái|Yên Thọ|Ngọc Sơn|Vĩnh Lập|Định Giang|Triệu Hải|Hậu Giang Sơn|"
    "Quảng Khê|Hoằng Lâm|Thọ Thành|Hàm Giang|Tân Lộc|Đông Vân|Phú Tiến|An Phong|Kim Sơn Hạ|Long Châu"
).split("|")
SCHOOL_NAMES: Final = (
    "Lê Lợi|Nguyễn Trãi|Trần Phú|Lê Lai|Phan Bội Châu|Võ Thị Sáu|Lý Tự Trọng|Nguyễn Du|Chu Văn An|Lê Hồng Phong|Trần Hưng Đạo|"
    "Nguyễn Huệ|Hai Bà Trưng|Kim Đồng|Lê Văn Tám|Nguyễn Bỉnh Khiêm|Lương Thế Vinh|Lê Thánh Tông|Tô Hiến Thành|Quang Trung|"
    "Đinh Tiên Hoàng|Ngô Quyền|Phan Đình Phùng|Hoàng Hoa Thám|Nguyễn Thị Minh Khai|Nguyễn Viết Xuân|Đào Duy Từ|Tống Duy Tân"
).split("|")
FLOWERS: Final = "Hoa Ban|Hoa Sen|Hoa Mai|Sơn Ca|Họa Mi|Tuổi Thơ|Ánh Dương|Hoa Hồng|Hướng Dương|Búp Sen|Sao Mai|Vành Khuyên".split("|")
HAMLETS: Final = "Bản Mới|Bản Cò|Khe Nước|Pù Nhi|Suối Đá|Huổi Cáy|Na Lưu|Bản Phiêng|Thôn Thượng|Thôn Hạ|Đồi Chè|Khe Tre".split("|")
