"""What differs between two versions of a template: lines of its sources, variables, settings."""
