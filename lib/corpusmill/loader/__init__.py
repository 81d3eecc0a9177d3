"""Reads a shard set for training, one rank's sequences in order. Needs numpy and nothing else.

``ShardReader`` has a length and an index, as ``torch.utils.data.DataLoader`` wants; there the
boundaries, of another length in each item, need ``collate`` or are left out (``fields=()``).
``ShardStream`` is the same as an iterable dataset, which the loader's workers share out. Both read
folders, and with a cache folder whatever fsspec reads.
"""

from corpusmill.loader.fields import FIELDS, Item, collate
from corpusmill.loader.reader import ShardReader
from corpusmill.loader.stream import ShardStream

__all__ = ["FIELDS", "Item", "ShardReader", "ShardStream", "collate"]
