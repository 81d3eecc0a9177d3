CREATE TABLE IF NOT EXISTS shard_sets (
  stage STRING NOT NULL COMMENT 'Name of the stage in recipe.mix.stages',
  digest STRING NOT NULL COMMENT 'SHA-256 hex of the content part of the manifest',
  recipe_digest STRING NOT NULL COMMENT 'SHA-256 hex of the resolved recipe',
  tokens_version BIGINT NOT NULL COMMENT 'Delta version of tokens it was built from',
  shards INT NOT NULL COMMENT 'Shard files',
  sequences BIGINT NOT NULL COMMENT 'Sequences in all shards',
  tokens BIGINT NOT NULL COMMENT 'Tokens in all shards, end-of-document tokens counted, padding not',
  manifest STRING NOT NULL COMMENT 'Path of the manifest when it was written'
)
USING DELTA
COMMENT 'One row for each shard set, its place, and the version of tokens that it was built from or found standing for.'
TBLPROPERTIES (
  'delta.constraints.digest_is_64_hex' = 'digest rlike \'^[0-9a-f]{64}$\'',
  'delta.dataSkippingStatsColumns' = 'digest',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
