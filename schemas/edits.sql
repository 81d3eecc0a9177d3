CREATE TABLE IF NOT EXISTS edits (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  step STRING NOT NULL COMMENT 'What asks for the edit, the first before the next: lines (line rules of a filter), repeats and frequent (passages), pii',
  start BIGINT NOT NULL COMMENT 'First code point replaced',
  end BIGINT NOT NULL COMMENT 'Code point after the last one replaced',
  replacement STRING NOT NULL COMMENT 'What stands there afterwards'
)
USING DELTA
COMMENT 'Replacements to be made in documents.text; applied once, by redact_pii.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.span_is_not_empty' = 'start < end',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
