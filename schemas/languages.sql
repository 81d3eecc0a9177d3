CREATE TABLE IF NOT EXISTS languages (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  language STRING NOT NULL COMMENT 'Label of the best language, or unknown below the threshold of the recipe',
  top_language STRING NOT NULL COMMENT 'Label of the best language, whatever its score',
  language_score INT NOT NULL COMMENT 'Score of top_language in millionths'
)
USING DELTA
COMMENT 'Language of each document.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.score_is_in_millionths' = 'language_score between 0 and 1000000',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false'
);
