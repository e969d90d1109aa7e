"""Search: an index that is kept in the transaction that writes, and questions to it."""
