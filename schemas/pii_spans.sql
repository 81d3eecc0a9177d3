CREATE TABLE IF NOT EXISTS pii_spans (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  kind STRING NOT NULL COMMENT 'Presidio name of the kind; DOCUMENT where the analysis of the whole failed',
  start BIGINT NOT NULL COMMENT 'First code point in documents.text',
  end BIGINT NOT NULL COMMENT 'Code point after the last one',
  recogniser STRING NOT NULL COMMENT 'What found it, or what failed',
  score INT NOT NULL COMMENT 'Confidence in millionths',
  action STRING NOT NULL COMMENT 'placeholder, surrogate, mask: replaced; keep: stays; drop: the document was left out'
)
USING DELTA
COMMENT 'Personal data found: where and of which kind, never what.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.action_is_known' = 'action in (\'placeholder\', \'surrogate\', \'mask\', \'keep\', \'drop\')',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
