"""Corpusmill: raw text in a data lake to pretraining shards that can be rebuilt byte for byte."""

__version__ = "0.1.0"
