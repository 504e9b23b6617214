"""What the pages do: each reads a visit, calls the API and fills in a view."""
