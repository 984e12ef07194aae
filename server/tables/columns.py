"""What tables are made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
)
from typing_extensions import override

metadata = MetaData()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant as whole microseconds: the same order and precision in every database."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


def instant(microseconds: int) -> datetime:
    """The instant of a stored number, for queries written as text."""
    return _EPOCH + microseconds * _MICROSECOND


def named(name: str, **kwargs: Any) -> Column[str]:
    """A column for an id."""
    return Column(name, String(80), **kwargs)
