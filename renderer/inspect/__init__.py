"""What a caller should know about a page that was drawn all the same: warnings."""
