CREATE TABLE IF NOT EXISTS quarantine (
  source STRING NOT NULL COMMENT 'Name of the source that the file was read for',
  path STRING NOT NULL COMMENT 'File, relative to the root of the source, or table',
  record_number BIGINT NOT NULL COMMENT 'Place of the record in its file, from 0, accepted records counted; of a table, in the order of the digests of its rows',
  byte_offset BIGINT COMMENT 'Where the record begins, as in raw_documents',
  file_digest STRING NOT NULL COMMENT 'SHA-256 hex of the file; of a table, of its id and version',
  declaration STRING NOT NULL COMMENT 'Digest of all that says how the file was read: source, limits, extractor',
  file_records BIGINT NOT NULL COMMENT 'Records of the file, counted apart: those here and those in raw_documents',
  reason STRING NOT NULL COMMENT 'Why it was refused',
  length BIGINT NOT NULL COMMENT 'Bytes of the record as far as they were read',
  digest STRING NOT NULL COMMENT 'SHA-256 hex of those bytes',
  doc_id STRING COMMENT 'Set where the record was refused for its key: the document that has it (of a split one, its first part)'
)
USING DELTA
COMMENT 'Every refused record, one row each, without its text.'
TBLPROPERTIES (
  'delta.constraints.reason_is_a_name' = 'reason rlike \'^[a-z0-9_]+$\'',
  'delta.dataSkippingStatsColumns' = 'source',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
