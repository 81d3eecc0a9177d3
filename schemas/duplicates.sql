CREATE TABLE IF NOT EXISTS duplicates (
  doc_id STRING NOT NULL COMMENT 'First 128 bits of SHA-256 over source name and record key, 32 hex characters',
  cluster_id STRING NOT NULL COMMENT 'Smallest doc_id of the cluster',
  copy_id STRING NOT NULL COMMENT 'Smallest doc_id of the documents of the cluster that it is a copy of (relations exact and address), itself included',
  cluster_size BIGINT NOT NULL COMMENT 'Documents in the cluster',
  survivor_id STRING NOT NULL COMMENT 'The document of the cluster that comes first by recipe.dedup.survivor',
  place INT NOT NULL COMMENT 'Place of the document in its cluster by recipe.dedup.survivor, 1 for the survivor',
  is_survivor BOOLEAN NOT NULL COMMENT 'True where place is 1',
  partner_id STRING NOT NULL COMMENT 'A document of the cluster this one is related to: exact before address before near, then similarity, then the smallest id',
  relation STRING NOT NULL COMMENT 'Relation to partner_id: exact, address or near',
  similarity INT COMMENT 'Similarity to partner_id in millionths, where it is known'
)
USING DELTA
COMMENT 'One row for each document that has a twin: its cluster, and who survives.'
TBLPROPERTIES (
  'delta.constraints.doc_id_is_32_hex' = 'doc_id rlike \'^[0-9a-f]{32}$\'',
  'delta.constraints.cluster_has_two_or_more' = 'cluster_size >= 2',
  'delta.constraints.place_lies_in_cluster' = 'place between 1 and cluster_size',
  'delta.constraints.survivor_comes_first' = 'is_survivor = (place = 1) and is_survivor = (doc_id = survivor_id)',
  'delta.dataSkippingStatsColumns' = 'doc_id',
  'delta.logRetentionDuration' = 'interval 3650 days',
  'delta.deletedFileRetentionDuration' = 'interval 3650 days',
  'delta.enableExpiredLogCleanup' = 'false',
  'delta.enableDeletionVectors' = 'false'
);
