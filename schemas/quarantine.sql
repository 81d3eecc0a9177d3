CREATE TABLE IF NOT EXISTS quarantine (
  source STRING NOT NULL COMMENT 'Name of the source',
  path STRING NOT NULL COMMENT 'File, relative to the root of the source',
  record_number BIGINT NOT NULL COMMENT 'Place of the record in its file, from 0, accepted records counted',
  file_digest STRING NOT NULL COMMENT 'SHA-256 hex over the file bytes and the declaration of its source',
  reason STRING NOT NULL COMMENT 'Why it was refused',
  length BIGINT NOT NULL COMMENT 'Bytes of the record as far as they were read',
  digest STRING NOT NULL COMMENT 'SHA-256 hex of those bytes',
  doc_id STRING COMMENT 'Set where the record was refused for its key: the document that has it'
)
USING DELTA
COMMENT 'Every refused record, one row each, without its text.'
TBLPROPERTIES (
  'delta.constraints.reason_is_a_name' = 'reason rlike \'^[a-z0-9_]+$\'',
  'delta.dataSkippingStatsColumns' = 'source',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false'
);
