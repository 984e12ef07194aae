"""Slips as a server fills them in: the ordinary one, the longest, and one in English."""

from kiosk.slip import Line, Slip

QR = "https://motcua.vi-du.vn/t/k7mq2xw9trc4hzna-3f9a1c77d2e0"

ORDINARY = Slip(
    lines=(
        Line(text="Điểm tiếp nhận và trả kết quả phường Long Biên", weight="bold"),
        Line(text="Phường Long Biên, thành phố Hà Nội", size="small"),
        Line(text="(dữ liệu minh họa)", size="small"),
        Line(kind="rule"),
        Line(kind="number", label="Số thứ tự", text="A005"),
        Line(text="ƯU TIÊN", weight="inverse"),
        Line(text="Hộ tịch", size="large", weight="bold"),
        Line(text="Đăng ký khai sinh"),
        Line(kind="rule"),
        Line(label="Phục vụ tại", text="Quầy 1, 2, 3, 4, 5"),
        Line(label="Giờ lấy số", text="08:17, 23/11/2026"),
        Line(label="Số người chờ trước", text="4"),
        Line(label="Dự kiến chờ", text="Khoảng 15–20 phút"),  # noqa: RUF001
        Line(kind="rule"),
        Line(
            kind="papers",
            label="Giấy tờ cần mang",
            items=(
                "Tờ khai đăng ký khai sinh",
                "Giấy chứng sinh hoặc giấy tờ thay thế",
                "Giấy tờ tùy thân còn giá trị (để đối chiếu)",
            ),
        ),
        Line(kind="qr", label="Quét mã để theo dõi số", text=QR),
        Line(text="Phiếu này không thay thế Giấy tiếp nhận hồ sơ", size="small"),
    )
)

#: Long names, capitals with two marks, ten papers and more, printed again.
LONGEST = Slip(
    lines=(
        Line(text="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG PHƯỜNG NGHĨA ĐÔ, ĐIỂM SỐ 2", weight="bold"),
        Line(text="Số 1, phố Mẫu Ẩm Thực Ổn Ẳng, phường Nghĩa Đô, thành phố Hà Nội", size="small"),
        Line(kind="rule"),
        Line(text="IN LẠI", size="large", weight="inverse"),
        Line(kind="number", label="SỐ THỨ TỰ", text="M999"),
        Line(text="ƯU TIÊN", weight="inverse"),
        Line(text="ĐẤT ĐAI – ẲỂỖỘẬ ỄỔẪ", size="large", weight="bold"),  # noqa: RUF001
        Line(
            text="Liên thông đăng ký khai sinh, đăng ký thường trú, cấp thẻ bảo hiểm y tế cho trẻ "
            "em dưới 6 tuổi và giải quyết chế độ thai sản"
        ),
        Line(kind="rule"),
        Line(
            label="Phục vụ tại", text="Quầy 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16"
        ),
        Line(label="Giờ lấy số", text="16:29, Thứ Hai, 23/11/2026"),
        Line(label="Số người chờ trước", text="128"),
        Line(label="Dự kiến chờ", text="Có thể sang buổi chiều (sau 13:00)"),
        Line(kind="rule"),
        Line(
            kind="papers",
            label="Giấy tờ cần mang",
            text="Và 4 giấy tờ khác: mời hỏi bàn hướng dẫn",
            items=("Bản chính giấy tờ tùy thân của người yêu cầu, còn giá trị sử dụng",) * 10,
        ),
        Line(kind="qr", label="Quét mã để theo dõi số", text=QR),
        Line(
            text="Hồ sơ nộp sau 15 giờ được chuyển xử lý trong ngày làm việc tiếp theo.",
            size="small",
        ),
        Line(text="Phiếu này không thay thế Giấy tiếp nhận hồ sơ", size="small"),
    )
)

ENGLISH = Slip(
    lines=(
        Line(text="Long Biên ward reception and return point", weight="bold"),
        Line(text="Phường Long Biên, thành phố Hà Nội", size="small"),
        Line(kind="rule"),
        Line(kind="number", label="Queue number", text="B042"),
        Line(text="Certification", size="large", weight="bold"),
        Line(text="Certified copies"),
        Line(kind="rule"),
        Line(label="Where", text="Counter 1, 2, 3, 4, 5"),
        Line(label="Taken at", text="09:05, 24/11/2026"),
        Line(label="People ahead", text="1"),
        Line(label="Wait", text="Almost your turn, under 5 minutes"),
        Line(kind="rule"),
        Line(kind="papers", label="What to bring", items=("Bản chính", "Bản chụp cần chứng thực")),
        Line(kind="qr", label="Scan to follow your number", text=QR),
        Line(text="This slip does not replace the receipt for your dossier", size="small"),
    )
)

SLIPS = {"ordinary": ORDINARY, "longest": LONGEST, "english": ENGLISH}
WIDTHS = {"80mm": 576, "58mm": 384}
