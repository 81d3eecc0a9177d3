"""Exact and near-duplicate relations, their clusters, and one survivor a cluster."""
