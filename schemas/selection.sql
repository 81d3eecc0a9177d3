CREATE TABLE IF NOT EXISTS selection (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  kept BOOLEAN NOT NULL COMMENT 'True where the document goes on',
  reasons ARRAY<STRING> NOT NULL COMMENT 'Every rule that speaks against the document, sorted; with recipe.selection.keep_all they are only tags'
)
USING DELTA
COMMENT 'One row for each document: kept or not, and every reason.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false'
);
