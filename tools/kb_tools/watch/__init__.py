"""Facts that watch their sources: what a page says, held against a value of the ledger."""
