CREATE TABLE IF NOT EXISTS lsh_index (
  doc_id BINARY NOT NULL COMMENT 'doc_id as 16 bytes',
  band INT NOT NULL COMMENT 'Number of the band, from 0',
  band_hash BIGINT NOT NULL COMMENT 'Hash of the rows of the signature in this band',
  text_digest STRING COMMENT 'SHA-256 hex of documents.text, on band 0 only: the text this row was computed from'
)
USING DELTA
COMMENT 'MinHash band hashes of every document ever hashed.'
PARTITIONED BY (band)
TBLPROPERTIES (
  'delta.constraints.band_is_not_negative' = 'band >= 0',
  'delta.dataSkippingStatsColumns' = 'band_hash',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false'
);
