CREATE TABLE IF NOT EXISTS lsh_index (
  doc_id BINARY NOT NULL COMMENT 'doc_id as 16 bytes; zeros on the row of the spec',
  band INT NOT NULL COMMENT 'Number of the band, from 0; -1 on the row of the spec',
  band_hash BIGINT NOT NULL COMMENT 'Hash of the rows of the signature in this band',
  text_digest STRING COMMENT 'SHA-256 hex of documents.text, on band 0 only: the text this row was computed from',
  words_digest BINARY COMMENT '16 bytes, on band 0 only: equal in texts of equal words, with their digits and marks; null without words',
  shingles_digest BINARY COMMENT '16 bytes, on band 0 only: equal in texts of equal shingles; null without words',
  shingles BIGINT COMMENT 'Shingles of the text, repeated ones each time and those past the longest too, on band 0 only',
  spec STRING COMMENT 'On band -1 only: what all rows were hashed with, as canonical JSON'
)
USING DELTA
COMMENT 'MinHash band hashes of every document ever hashed.'
PARTITIONED BY (band)
TBLPROPERTIES (
  'delta.constraints.band_is_known' = 'band >= -1',
  'delta.dataSkippingStatsColumns' = 'band_hash',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
