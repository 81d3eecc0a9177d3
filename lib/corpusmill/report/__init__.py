"""The report of a corpus: facts counted from the tables, and the one page that tells them."""
