"""Answers of the calls that anybody may make. The OpenAPI document is generated from these."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from server.api.schemas import Bilingual, Estimate, Instant

Date = Annotated[str, Meta(description="YYYY-MM-DD")]
Share = Annotated[float, Meta(ge=0, le=1)]


class PublicBranch(Struct):
    """A branch as anybody may know it."""

    id: str
    name: Bilingual
    address: str
    time_zone: str
    is_demo: bool


class PublicSession(Struct):
    """A stretch of opening; numbers are given from `doors` to `last_ticket`."""

    opens: Instant
    closes: Instant
    doors: Instant
    last_ticket: Instant
    fields: Annotated[list[str], Meta(description="Only for these fields; empty = for all")]


class PublicField(Struct):
    """A field and how long one waits for it. `wait` is null where nothing honest can be said."""

    id: str
    name: Bilingual
    about: Bilingual | None
    state: Literal["open", "closed", "full"]
    opens_at: Instant | None
    waiting: Annotated[int | None, Meta(description="Null when fewer than `fewer_than`")]
    fewer_than: int | None
    open_counters: int
    wait: Estimate | None
    level: Annotated[str, Meta(description="good, medium or late by the targets, or none")]


class PublicForecast(Struct):
    """How right the told waits of the last day were, of `n` people who had to queue."""

    date: Date
    is_yesterday: bool
    n: int
    right: Annotated[float, Meta(ge=0, le=1, description="Called within the told range")]


class PublicAnswer(Struct):
    """The waits at `at`. `is_stale`: nothing newer could be had."""

    branch: PublicBranch
    at: Instant
    is_stale: bool
    state: Literal["open", "closed"]
    opens_at: Instant | None
    today: list[PublicSession]
    closed_days: list[Date]
    fields: list[PublicField]
    forecast: Annotated[
        PublicForecast | None, Meta(description="Null without a day of 30 such people in a week")
    ]


class OpenRow(Struct):
    """A field's day, or a day's with the field `*`. Null where a small count could be worked out."""

    date: Date
    field: str
    name_vi: str
    name_en: str
    issued: int | None
    served: int | None
    wait_median_s: int | None
    within_target_share: Share | None
    ratings: int | None
    satisfied_share: Share | None


class OpenAnswer(Struct, rename={"from_": "from"}):
    """Daily figures of the days that are over; see deploy/OPEN_DATA.md."""

    branch: str
    name: Bilingual
    is_demo: bool
    licence: str
    schema_version: int
    least_count: int
    target_minutes: int
    from_: str
    to: str
    rows: list[OpenRow]
