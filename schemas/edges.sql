CREATE TABLE IF NOT EXISTS edges (
  a BINARY NOT NULL COMMENT 'doc_id as 16 bytes, the smaller one',
  b BINARY NOT NULL COMMENT 'doc_id as 16 bytes, the larger one',
  relation STRING NOT NULL COMMENT 'exact: equal text, or equal words; address: one address; near: a shared MinHash bucket',
  similarity INT COMMENT 'Similarity in millionths where it is known: exact relations 1000000, address and unverified near ones null'
)
USING DELTA
COMMENT 'Duplicate relations between documents; a is the smaller id.'
PARTITIONED BY (relation)
TBLPROPERTIES (
  'delta.constraints.a_is_smaller' = 'a < b',
  'delta.constraints.relation_is_known' = 'relation in (\'exact\', \'address\', \'near\')',
  'delta.dataSkippingStatsColumns' = 'similarity',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
