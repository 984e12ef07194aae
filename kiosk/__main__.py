"""`python -m kiosk printer test|status|preview`, `… agent [pair]`: need no server's code."""

import argparse
import logging
import sys
import uuid
from pathlib import Path
from typing import Final

from kiosk.slip import Line, Slip, render

_STATUS: Final = {
    "ok": "sẵn sàng",
    "paper_low": "sắp hết giấy",
    "paper_out": "hết giấy",
    "cover_open": "nắp đang mở",
    "offline": "ngoại tuyến",
    "unknown": "không hỏi được trạng thái qua kết nối này",
    "no_answer": "không trả lời",
}

_SAMPLE: Final = Slip(
    lines=(
        Line(text="Điểm tiếp nhận và trả kết quả phường Long Biên", weight="bold"),
        Line(text="Phiếu in thử, không có giá trị", size="small"),
        Line(kind="rule"),
        Line(kind="number", label="Số thứ tự", text="A042"),
        Line(text="Hộ tịch", size="large", weight="bold"),
        Line(text="Đăng ký khai sinh kết hợp nhận cha, mẹ, con"),
        Line(kind="rule"),
        Line(label="Phục vụ tại", text="Quầy 1, 2, 3, 4"),
        Line(label="Giờ lấy số", text="09:05, 24/11/2026"),
        Line(label="Số người chờ trước", text="7"),
        Line(label="Dự kiến chờ", text="Khoảng 20–35 phút (9:25–9:40)"),  # noqa: RUF001
        Line(kind="rule"),
        Line(
            kind="papers",
            label="Giấy tờ cần mang",
            items=(
                "Tờ khai đăng ký khai sinh",
                "Giấy chứng sinh, hoặc văn bản của người làm chứng về việc sinh",
                "Giấy tờ tùy thân của người đi đăng ký",
            ),
        ),
        Line(kind="qr", label="Quét mã để theo dõi số", text="https://vi-du.vn/t/phieu-in-thu"),
        Line(text="Phiếu này không thay thế Giấy tiếp nhận hồ sơ", size="small"),
    )
)


def main(argv: list[str] | None = None) -> int:
    """Run a verb; 0 when it did what it says, 1 when the printer did not, 2 for a wrong address."""
    from kiosk.printer import AddressError, Printer  # noqa: PLC0415 - escpos costs 0.2 s to import
    from kiosk.printer_error import PrinterError  # noqa: PLC0415

    arguments = _parser().parse_args(argv)
    if arguments.tool == "agent":
        return _pair(arguments) if arguments.action == "pair" else _agent(arguments.config)
    if arguments.verb == "preview":
        render(_SAMPLE, arguments.width).save(arguments.out)
        print(f"{arguments.out}: {arguments.width} điểm")
        return 0
    try:
        printer = Printer(arguments.printer, Path("slips"))
    except AddressError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        if arguments.verb == "test":
            printer.print(f"test-{uuid.uuid4().hex[:8]}", render(_SAMPLE, printer.width_dots))
            print("Máy in xác nhận đã in." if printer.confirms else "Đã gửi; hãy xem giấy.")
            return 0
        found = printer.status()
    except PrinterError as error:
        print(f"Không in được ({error.code}): {_STATUS.get(error.why, error.why)}", file=sys.stderr)
        return 1
    print(f"{printer.name}: {_STATUS[found]}")
    return 0 if found in ("ok", "paper_low", "unknown") else 1


def _agent(path: Path) -> int:
    from kiosk.agent import config  # noqa: PLC0415 - the other tools need none of its parts
    from kiosk.agent.run import Agent  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        agent = Agent(config.load(path))
    except (config.ConfigError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    agent.run()
    return 0


def _pair(arguments: argparse.Namespace) -> int:
    from kiosk.agent.pair import PairingError, pair  # noqa: PLC0415

    try:
        return pair(arguments.config, arguments.server, arguments.branch)
    except (PairingError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kiosk", description=__doc__)
    tools = parser.add_subparsers(dest="tool", required=True)
    agent = tools.add_parser("agent", help="run beside the printer, for ever; or get a token first")
    agent.add_argument("action", nargs="?", choices=["run", "pair"], default="run")
    agent.add_argument("--config", type=Path, required=True, help="TOML file; see RUNBOOK.md")
    agent.add_argument("--server", default="", help="pair: address of the Motcua server")
    agent.add_argument("--branch", default="", help="pair: only this branch may approve it")
    verbs = tools.add_parser("printer", help="the slip printer").add_subparsers(
        dest="verb", required=True
    )
    for verb, what in (("test", "print a sample slip"), ("status", "ask the printer how it is")):
        one = verbs.add_parser(verb, help=what)
        one.add_argument("--printer", default="", help="address, such as tcp://192.168.1.50:9100")
    preview = verbs.add_parser("preview", help="draw a sample slip into a PNG file")
    preview.add_argument("--width", type=int, default=576, help="dots: 576 = 80 mm, 384 = 58 mm")
    preview.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
