"""From a request to bytes: pictures, animations and documents by real engines.

It composes templates in a jail, keeps a supervised pool of browsers, captures and encodes.
Its requests and results are plain, serialisable data (`renderer.request`), so that it could
run in another process. It must never know a database, an HTTP framework or a queue.
"""
