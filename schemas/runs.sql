CREATE TABLE IF NOT EXISTS runs (
  job STRING NOT NULL COMMENT 'Name of the job',
  table_name STRING NOT NULL COMMENT 'Table it changed',
  version BIGINT NOT NULL COMMENT 'Delta version that came of it',
  stage_digest STRING NOT NULL COMMENT 'What the rows were computed with',
  recipe_digest STRING NOT NULL COMMENT 'SHA-256 hex of the resolved recipe',
  inputs MAP<STRING, BIGINT> NOT NULL COMMENT 'Delta versions read, by table',
  rows BIGINT NOT NULL COMMENT 'Rows in the table afterwards',
  added BIGINT COMMENT 'Rows written by this commit; null where Delta does not tell',
  milliseconds BIGINT COMMENT 'How long the job had run; null where a later run had to write the row',
  peak_memory BIGINT COMMENT 'Most bytes that the job had held in memory at once on the machine of the driver (driver, JVM, Python workers; pages that workers share count for each, what other machines hold does not); null as milliseconds',
  finished TIMESTAMP NOT NULL COMMENT 'When Delta committed it'
)
USING DELTA
COMMENT 'One row for each time a job changed a table.'
TBLPROPERTIES (
  'delta.dataSkippingStatsColumns' = 'job',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
