CREATE TABLE IF NOT EXISTS clean_documents (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  source STRING NOT NULL COMMENT 'Name of the source',
  language STRING NOT NULL COMMENT 'As in languages',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  text STRING NOT NULL COMMENT 'documents.text with its edits applied'
)
USING DELTA
COMMENT 'Kept documents after all edits: what the tokenizer sees.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
