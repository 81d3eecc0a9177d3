"""How long Delta lets old versions of a table be read, and what to do where it no longer does."""

from __future__ import annotations

from corpusmill.contracts import TABLES, Contract, contract

RETENTION = "delta.deletedFileRetentionDuration"
LOG_RETENTION = "delta.logRetentionDuration"


def retaining(identifier: str, table: Contract, interval: str) -> str:
    """The statement that has Delta keep old versions of a table for an ``interval``."""
    # Delta compares the one with the other, and with the default of what is not named here.
    both = {RETENTION: interval, LOG_RETENTION: table.properties[LOG_RETENTION]}
    said = ", ".join(f"'{key}' = '{value}'" for key, value in both.items())
    return f"ALTER TABLE {identifier} SET TBLPROPERTIES ({said})"


def unreadable(identifier: str, name: str, version: int, reason: str) -> str:
    """What to say of a version that Delta does not read, for a ``reason`` that it names."""
    said = f"table {name}: version {version} cannot be read ({reason})"
    if "BEYOND_DELETED_FILE_RETENTION" not in reason or name not in TABLES:
        return said
    table = contract(name)
    longer = retaining(identifier, table, table.properties[RETENTION])
    return (
        f"{said}: it is older than the table's retention; as long as no VACUUM took its files, "
        f"{longer} opens it again"
    )
