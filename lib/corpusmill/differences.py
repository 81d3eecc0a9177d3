"""Where two frames differ: keys that are to be computed or to go, and rows that only one holds."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_KEYS = 2  # columns that name a document and what its row is computed from
_ASKED, _HAD, _WANTED = 1, 2, 4


def due(ids: DataFrame, have: DataFrame, wanted: DataFrame | None = None) -> DataFrame:
    """The keys for which something is to be done, in one pass over narrow columns.

    ``ids`` has two key columns first, each key once, ``have`` and ``wanted`` (none given: ``ids``)
    the same two. The columns of ``ids`` and

    todo  the key is in ``ids`` and not in ``have``
    gone  it is in ``have`` and not in ``wanted``; further columns of ``ids`` are null
    """
    keys, more = ids.columns[:_KEYS], ids.columns[_KEYS:]
    blank = [F.lit(None).cast(ids.schema[name].dataType).alias(name) for name in more]
    mark = _ASKED if wanted is not None else _ASKED | _WANTED
    both = ids.withColumn("mark", F.lit(mark))
    both = both.unionByName(have.select(*keys, *blank, F.lit(_HAD).alias("mark")))
    if wanted is not None:
        both = both.unionByName(wanted.select(*keys, *blank, F.lit(_WANTED).alias("mark")))
    marks = both.groupBy(*keys).agg(
        F.bit_or("mark").alias("mark"), *(F.max(n).alias(n) for n in more)
    )
    todo = F.expr(f"mark & {_ASKED | _HAD} = {_ASKED}").alias("todo")
    gone = F.expr(f"mark & {_HAD | _WANTED} = {_HAD}").alias("gone")
    return marks.select(*ids.columns, todo, gone).where("todo or gone")


def difference(rows: DataFrame, standing: DataFrame) -> DataFrame:
    """Rows that only one of two frames holds, with ``sign`` 1 for the first and -1 for the other.

    One shuffle of both; a row that either holds twice would be one row of sign 2.
    """
    new, old = (frame.withColumn("sign", F.lit(n)) for frame, n in ((rows, 1), (standing, -1)))
    both = new.unionByName(old).groupBy(*rows.columns)
    return both.agg(F.sum("sign").cast("int").alias("sign")).where("sign != 0")
