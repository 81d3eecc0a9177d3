"""What the report knows of a table before it reads a row."""

from __future__ import annotations

from corpusmill.contracts import contract
from corpusmill.ledger import Commit
from corpusmill.mill import Mill
from corpusmill.publication import Change
from corpusmill.recipe import Recipe, Runtime
from corpusmill.report.read import Read

MADE = Commit("cluster-duplicates", "s", "chain", "r", {"edges": "e@1"}, {})


def test_a_table_that_was_filled_without_rows_is_told_from_one_that_never_was(spark, tmp_path):
    mill = Mill(Recipe(), Runtime(warehouse=str(tmp_path / "warehouse")), lambda: spark)
    mill.warehouse.ensure("duplicates", "selection")
    none = spark.createDataFrame([], contract("duplicates").ddl)
    mill.warehouse.publish("duplicates", Change(none), MADE)

    read = Read(mill)

    names = ("duplicates", "selection", "tokens")
    states = [read.states[name] for name in names]
    assert [(s.version is not None, s.rows, s.is_filled) for s in states] == [
        (True, 0, True),
        (True, 0, False),
        (False, 0, False),
    ]
    assert [read.chain(name) for name in names] == ["chain", None, None]
