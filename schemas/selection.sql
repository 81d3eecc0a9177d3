CREATE TABLE IF NOT EXISTS selection (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  kept BOOLEAN NOT NULL COMMENT 'True where the document goes on',
  reasons ARRAY<STRING> NOT NULL COMMENT 'Every rule that speaks against the document, sorted; those that the recipe ignores and, with recipe.selection.keep_all, all of them are only tags',
  decided_by ARRAY<STRING> NOT NULL COMMENT 'Those of reasons that drop it, in the order in which they are asked (language, quality, each filter, classifier, duplicate, domain; then by name): the first one decided; empty where kept',
  repeats INT NOT NULL COMMENT 'Times that the document stands in a set, before those of the stage: by recipe.selection.rehydrate and the size of its cluster where it is kept and survives there or has no twin, else 1',
  buckets MAP<STRING, INT> NOT NULL COMMENT 'Classifier name to the place of its score among 20 buckets of equal character mass, 0 to 19 (best), by the pinned cuts; empty where there are none'
)
USING DELTA
COMMENT 'One row for each document: kept or not, every reason, and which of them decided.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.stands_once_or_more' = 'repeats >= 1',
  'delta.constraints.dropped_means_decided' = 'kept = (size(decided_by) = 0)',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
