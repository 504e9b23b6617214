"""What comes out of a batch: pages of items, one archive, one report, one stream of events."""
