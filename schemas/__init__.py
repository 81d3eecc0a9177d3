"""Table contracts: one ``.sql`` file a table, which anybody can read first and run by hand."""
