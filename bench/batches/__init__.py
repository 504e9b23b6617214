"""What batches cost beside their renders: speed, bookkeeping, fairness, and how soon they end."""
