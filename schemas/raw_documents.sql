CREATE TABLE IF NOT EXISTS raw_documents (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key (of a part, the name with #part), 32 hex characters',
  source STRING NOT NULL COMMENT 'Name of the source, as in recipe.sources',
  record_key STRING NOT NULL COMMENT 'The record own id where it has one (of WARC: WARC-Record-ID), else path#number',
  part INT COMMENT 'Of a document split for its length: which part, from 1; null for a whole one',
  input STRING NOT NULL COMMENT 'Source that the file was read for; another than source where records name theirs',
  path STRING NOT NULL COMMENT 'File, relative to the root of the source, or table',
  root STRING NOT NULL COMMENT 'Folder that path is relative to, when it was read',
  record_number BIGINT NOT NULL COMMENT 'Place of the record in its file, from 0, refused records counted; of a table, in the order of the digests of its rows',
  byte_offset BIGINT COMMENT 'Where the record begins: byte of the (unpacked) file; of packed WARC, the byte where its gzip member begins',
  file_digest STRING NOT NULL COMMENT 'SHA-256 hex of the file; of a table, of its id and version',
  declaration STRING NOT NULL COMMENT 'Digest of all that says how the file was read: source, limits, extractor',
  file_records BIGINT NOT NULL COMMENT 'Records of the file, counted apart: those here and those in quarantine',
  content_digest STRING NOT NULL COMMENT 'SHA-256 hex of content',
  record_digest STRING COMMENT 'Of a split document: SHA-256 hex of the whole text; null for a whole one',
  bytes BIGINT NOT NULL COMMENT 'UTF-8 bytes of content',
  created STRING COMMENT 'When the text was written, UTC, YYYY-MM-DDTHH:MM:SSZ; null where not stated or not ISO 8601',
  crawled STRING COMMENT 'When it was fetched (WARC-Date), UTC, in the same form',
  kind STRING NOT NULL COMMENT 'Kind of text, by source: web, book, wiki, news, code, docs ...',
  origin STRING NOT NULL COMMENT 'human, synthetic or unknown, by source',
  generation INT COMMENT 'Depth of generation, for synthetic text',
  generator STRING COMMENT 'What generated the text, for synthetic text',
  parent_ids ARRAY<STRING> COMMENT 'doc_id of the documents it was generated from, for synthetic text',
  licence STRING COMMENT 'Licence, as the record or else the source states it',
  url STRING COMMENT 'Address the record was found at, where stated',
  metadata MAP<STRING, STRING> COMMENT 'All other fields of the record, as text; of a page its title and language',
  content STRING NOT NULL COMMENT 'The text as it arrived; of a page its main text'
)
USING DELTA
COMMENT 'Every accepted record as it arrived, one row each; raw personal data lives here.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.origin_is_known' = 'origin in (\'human\', \'synthetic\', \'unknown\')',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
