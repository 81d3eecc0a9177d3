CREATE TABLE IF NOT EXISTS raw_documents (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  source STRING NOT NULL COMMENT 'Name of the source, as in recipe.sources',
  record_key STRING NOT NULL COMMENT 'The record own id where it has one, else path#number',
  path STRING NOT NULL COMMENT 'File, relative to the root of the source',
  root STRING NOT NULL COMMENT 'Folder that path is relative to, when it was read',
  record_number BIGINT NOT NULL COMMENT 'Place of the record in its file, from 0, refused records counted',
  file_digest STRING NOT NULL COMMENT 'SHA-256 hex over the file bytes and the declaration of its source',
  content_digest STRING NOT NULL COMMENT 'SHA-256 hex of content',
  created STRING COMMENT 'When the text was written, UTC, YYYY-MM-DDTHH:MM:SSZ; null where not stated or not ISO 8601',
  kind STRING NOT NULL COMMENT 'Kind of text, by source: web, book, wiki, news, code, docs ...',
  origin STRING NOT NULL COMMENT 'human, synthetic or unknown, by source',
  generation INT COMMENT 'Depth of generation, for synthetic text',
  generator STRING COMMENT 'What generated the text, for synthetic text',
  parent_ids ARRAY<STRING> COMMENT 'doc_id of the documents it was generated from, for synthetic text',
  licence STRING COMMENT 'Licence, by source, where stated',
  url STRING COMMENT 'Address the record was found at, where stated',
  metadata MAP<STRING, STRING> COMMENT 'All other fields of the record, as text',
  content STRING NOT NULL COMMENT 'The text as it arrived'
)
USING DELTA
COMMENT 'Every accepted record as it arrived, one row each; raw personal data lives here.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.origin_is_known' = 'origin in (\'human\', \'synthetic\', \'unknown\')',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false'
);
