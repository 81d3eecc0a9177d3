CREATE TABLE IF NOT EXISTS tokens (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  token_count BIGINT NOT NULL COMMENT 'Number of ids',
  unknown_count BIGINT NOT NULL COMMENT 'How many of the ids are that of the unknown token',
  token_ids ARRAY<INT> NOT NULL COMMENT 'Ids of the pinned tokenizer, no special tokens added'
)
USING DELTA
COMMENT 'Token ids of each clean document, without the end-of-document token.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.count_matches_ids' = 'token_count = size(token_ids)',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
