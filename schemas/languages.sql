CREATE TABLE IF NOT EXISTS languages (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  text_digest STRING NOT NULL COMMENT 'SHA-256 hex of documents.text: the text this row was computed from',
  language STRING NOT NULL COMMENT 'Best language (ISO 639-1 code, else ISO 639-3); unknown below its threshold, or in a script it is not written in',
  top_language STRING NOT NULL COMMENT 'Best language, whatever its score',
  language_score INT NOT NULL COMMENT 'Score of top_language in millionths',
  runner_up STRING COMMENT 'Best of the other languages; null where none scores 10000',
  runner_up_score INT COMMENT 'Its score in millionths',
  script STRING COMMENT 'Script of most letters that the model was shown, ISO 15924; null where there are no letters',
  labels MAP<STRING, INT> NOT NULL COMMENT 'Labels of the model, as it spells them, that score 10000 or more, or the best one, with their scores'
)
USING DELTA
COMMENT 'Language of each document.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.score_is_in_millionths' = 'language_score between 0 and 1000000',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
