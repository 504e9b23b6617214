"""How rows come in: read from whatever was sent, checked against the template, made into items."""
