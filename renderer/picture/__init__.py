"""From a settled page to one encoded picture."""
