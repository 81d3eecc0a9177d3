"""Tokenizers: trained or given, pinned by digest, applied to clean text."""
