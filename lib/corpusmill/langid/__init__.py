"""Which language a document is in, by a fastText model."""
