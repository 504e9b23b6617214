"""The routes, one module for each resource; each exports its table as `ROUTES`."""
