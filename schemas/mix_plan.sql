CREATE TABLE IF NOT EXISTS mix_plan (
  stage STRING NOT NULL COMMENT 'Name of the stage in recipe.mix.stages',
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  repeats INT NOT NULL COMMENT 'Times the document stands in the set: those of the stage times those of selection'
)
USING DELTA
COMMENT 'How often each document stands in the shard set of each stage.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.repeats_at_least_once' = 'repeats >= 1',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
