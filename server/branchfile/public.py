"""What a branch shows to the public, and which sites may show it in a frame."""

import re
from typing import Final

from server.branchfile.table import Table
from server.domain.catalogue import Public

#: A header with more than a few addresses is a mistake, or grows too long for proxies.
MOST_FRAMES: Final = 20
_HOST: Final = (
    r"(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_PORT: Final = r"(?::[1-9][0-9]{0,4})?"
#: The address of a site without a path; without HTTPS only on the machine itself, to try it.
_ORIGIN: Final = re.compile(
    rf"https://{_HOST}{_PORT}|https?://(?:localhost|127\.0\.0\.1){_PORT}", re.ASCII
)


def read_public(top: Table) -> Public:
    """The `[public]` of a file; the usual one when the file leaves it out."""
    table = top.table("public", required=False)
    frame = table.texts("frame")
    for i, origin in enumerate(frame):
        if origin and not _ORIGIN.fullmatch(origin):
            table.report.add(
                "bad_origin",
                table.at("frame", i),
                f"“{origin}” không phải địa chỉ trang được phép nhúng",
                "Hãy viết https:// và tên miền bằng chữ thường, không có đường dẫn, không có dấu *;"
                f" ví dụ {table.example('frame')}.",
            )
    if len(frame) > MOST_FRAMES:
        table.report.add(
            "too_many_frames",
            table.at("frame"),
            f"có {len(frame)} trang, tối đa {MOST_FRAMES}",
            "Hãy bỏ bớt trang không còn dùng.",
        )
    return Public(
        page=table.flag("page", default=True),
        frame=frame,
        licence=table.text("licence", Public().licence),
    )
