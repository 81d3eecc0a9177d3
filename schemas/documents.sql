CREATE TABLE IF NOT EXISTS documents (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  source STRING NOT NULL COMMENT 'Name of the source',
  content_digest STRING NOT NULL COMMENT 'SHA-256 hex of raw_documents.content: the content this row was computed from',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of text: equal for exact duplicates',
  chars BIGINT NOT NULL COMMENT 'Code points of text',
  changes MAP<STRING, BIGINT> NOT NULL COMMENT 'What was changed in content, by kind: places, characters or lines; empty where nothing was',
  text STRING NOT NULL COMMENT 'The stored form: NFC, lines ended by a line feed, no other control characters but tabs'
)
USING DELTA
COMMENT 'Normalised documents, one row each; raw personal data lives here.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.chars_are_not_negative' = 'chars >= 0',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
