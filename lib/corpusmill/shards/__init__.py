"""Canonical shards: a plan, bytes that depend on nothing else, and views of them by rank."""
