"""The version, told once: the package's metadata, the API and the command line read it here."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
