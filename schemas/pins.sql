CREATE TABLE IF NOT EXISTS pins (
  digest STRING NOT NULL COMMENT 'SHA-256 hex of the content part of the manifest',
  manifest STRING NOT NULL COMMENT 'Path of the manifest when the pin was taken',
  table_name STRING NOT NULL COMMENT 'Table that the shard set was made of',
  table_id STRING NOT NULL COMMENT 'Delta id of the table: one that is dropped and made again has another',
  version BIGINT NOT NULL COMMENT 'Delta version that the set was made of',
  committed TIMESTAMP COMMENT 'When that version was committed; null where the history no longer said so',
  files BIGINT NOT NULL COMMENT 'Data files of that version',
  file_list STRING NOT NULL COMMENT 'SHA-256 hex of the sorted names of these files',
  need STRING NOT NULL COMMENT 'rebuild: shards are made of it; replay: verify-shards --deep begins with it'
)
USING DELTA
COMMENT 'Table versions that standing shard sets need: our own vacuum takes no file of them.'
TBLPROPERTIES (
  'delta.constraints.digest_is_64_hex' = 'digest rlike \'^[0-9a-f]{64}$\'',
  'delta.dataSkippingStatsColumns' = 'digest',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
