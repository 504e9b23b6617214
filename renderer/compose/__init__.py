"""From a template and its data to HTML: the language, its functions, its sandbox.

`Composer` is the parent's side. All other modules but `analysis` and `errors` run in the jail's
child only: they see untrusted templates, and must never know a file, a socket or a secret.
"""
