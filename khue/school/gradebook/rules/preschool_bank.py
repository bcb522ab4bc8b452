"""A beginning bank of expected results from the preschool programme (VBHN of TT 17/2009, 28/2016, 51/2020). [memory]

Wording shortened; a school replaces it with its own plan's goals of the year.
"""

from __future__ import annotations

from typing import Final

from khue.school.gradebook.rules.preschool import Area, ExpectedResult

_TEXTS: Final[dict[str, dict[Area, tuple[str, ...]]]] = {
    "NT3": {
        Area.PHYSICAL: (
            "Giữ được thăng bằng khi đi trong đường hẹp, bước qua vật cản",
            "Thực hiện phối hợp vận động tay – mắt: tung, bắt bóng với cô",
            "Xếp chồng được 6 đến 8 khối",
            "Làm được một số việc với sự giúp đỡ của người lớn: rửa tay, đi dép, xúc ăn",
        ),
        Area.COGNITIVE: (
            "Chỉ, nói tên và chức năng một số bộ phận cơ thể",
            "Chỉ hoặc lấy được đồ chơi màu đỏ, vàng, xanh theo yêu cầu",
            "Chỉ hoặc lấy được đồ vật to, nhỏ theo yêu cầu",
        ),
        Area.LANGUAGE: (
            "Thực hiện được nhiệm vụ gồm 2 đến 3 hành động",
            "Trả lời được các câu hỏi: ai, cái gì, làm gì, ở đâu",
            "Đọc được bài thơ, ca dao, đồng dao ngắn với sự giúp đỡ của cô",
        ),
        Area.SOCIAL_AESTHETIC: (
            "Nói được một vài thông tin về mình: tên, tuổi",
            "Biết chào, tạm biệt, cảm ơn, vâng ạ",
            "Biết hát và vận động đơn giản theo một vài bài hát quen thuộc",
            "Thích tô màu, vẽ, nặn, xé, xếp hình",
        ),
    },
    "MG3": {
        Area.PHYSICAL: (
            "Thực hiện đủ các động tác của bài thể dục theo hướng dẫn",
            "Đi hết đoạn đường hẹp dài 3 m, đi kiễng gót liên tục 3 m",
            "Tự cài, cởi được cúc áo",
            "Nói đúng tên một số thực phẩm quen thuộc",
        ),
        Area.COGNITIVE: (
            "Đếm trên các đối tượng giống nhau và đếm đến 5",
            "So sánh hai đối tượng về kích thước: to hơn, nhỏ hơn, dài hơn, ngắn hơn",
            "Phân loại các đối tượng theo một dấu hiệu nổi bật",
            "Nói được tên, tuổi, giới tính của bản thân khi được hỏi",
        ),
        Area.LANGUAGE: (
            "Thực hiện được yêu cầu đơn giản",
            "Nói rõ các tiếng",
            "Đọc thuộc bài thơ, ca dao, đồng dao",
        ),
        Area.SOCIAL: (
            "Mạnh dạn tham gia các hoạt động, mạnh dạn khi trả lời câu hỏi",
            "Thực hiện được một số quy định ở lớp và gia đình",
            "Cùng chơi với các bạn trong các trò chơi theo nhóm nhỏ",
        ),
        Area.AESTHETIC: (
            "Hát tự nhiên, hát được theo giai điệu bài hát quen thuộc",
            "Vẽ các nét thẳng, xiên, ngang tạo thành bức tranh đơn giản",
        ),
    },
    "MG4": {
        Area.PHYSICAL: (
            "Thực hiện đúng, đầy đủ, nhịp nhàng các động tác của bài thể dục theo hiệu lệnh",
            "Bước đi liên tục trên ghế thể dục, đi bước lùi liên tiếp 3 m",
            "Tự cài, cởi cúc, buộc dây giày",
            "Tự rửa tay bằng xà phòng, tự lau mặt, đánh răng",
        ),
        Area.COGNITIVE: (
            "Đếm trên đối tượng trong phạm vi 10",
            "So sánh số lượng của hai nhóm đối tượng trong phạm vi 10",
            "Chỉ ra các điểm giống, khác nhau giữa hai hình",
            "Nhận xét được một số mối quan hệ đơn giản của sự vật, hiện tượng gần gũi",
        ),
        Area.LANGUAGE: (
            "Thực hiện được 2 đến 3 yêu cầu liên tiếp",
            "Kể lại sự việc theo trình tự",
            "Kể chuyện có mở đầu, kết thúc",
        ),
        Area.SOCIAL: (
            "Tự chọn đồ chơi, trò chơi theo ý thích; cố gắng hoàn thành công việc được giao",
            "Biết trao đổi, thỏa thuận với bạn để cùng thực hiện hoạt động chung",
            "Không để tràn nước khi rửa tay, bỏ rác đúng nơi quy định",
        ),
        Area.AESTHETIC: (
            "Hát đúng giai điệu, lời ca, hát rõ lời và thể hiện sắc thái của bài hát",
            "Vẽ phối hợp các nét thẳng, xiên, ngang, cong tròn tạo thành bức tranh có màu sắc và bố cục",
        ),
    },
    "MG5": {
        Area.PHYSICAL: (
            "Thực hiện đúng, thuần thục các động tác của bài thể dục theo hiệu lệnh hoặc theo nhịp bản nhạc",
            "Đi lên, xuống trên ván dốc; không làm rơi vật đang đội trên đầu khi đi trên ghế thể dục",
            "Cắt được theo đường viền của hình vẽ",
            "Biết và không làm một số việc có thể gây nguy hiểm",
        ),
        Area.COGNITIVE: (
            "Đếm trên đối tượng trong phạm vi 10 và đếm theo khả năng",
            "Gộp, tách các nhóm đối tượng trong phạm vi 10 và đếm",
            "Gọi tên các ngày trong tuần theo thứ tự",
            "Phân loại các đối tượng theo những dấu hiệu khác nhau",
            "Nói được họ tên bố mẹ, địa chỉ gia đình, tên trường, tên lớp",
        ),
        Area.LANGUAGE: (
            "Thực hiện được các yêu cầu trong hoạt động tập thể",
            "Kể rõ ràng, có trình tự về sự việc để người nghe hiểu được",
            "Nhận dạng các chữ trong bảng chữ cái tiếng Việt",
            "Tô, đồ các nét chữ, sao chép một số kí hiệu, chữ cái, tên của mình",
        ),
        Area.SOCIAL: (
            "Nói được điều bé thích, không thích, việc bé làm được và không làm được",
            "Cố gắng tự hoàn thành công việc được giao",
            "Lắng nghe ý kiến, trao đổi, thỏa thuận, chia sẻ kinh nghiệm với bạn",
            "Thực hiện được một số quy định ở lớp, gia đình và nơi công cộng",
        ),
        Area.AESTHETIC: (
            "Hát đúng giai điệu, lời ca, hát diễn cảm phù hợp với sắc thái của bài hát",
            "Phối hợp và lựa chọn các nguyên vật liệu tạo hình để tạo ra sản phẩm",
            "Nói lên ý tưởng và tạo ra các sản phẩm tạo hình theo ý thích",
        ),
    },
}

BANK: Final = tuple(
    ExpectedResult(f"{group}_{area.value}_{number}", group, area, text)
    for group, by_area in _TEXTS.items()
    for area, texts in by_area.items()
    for number, text in enumerate(texts, start=1)
)
