"""Files become raw documents and quarantine rows; every record is one or the other."""
