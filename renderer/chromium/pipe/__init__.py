"""Browsers that we speak with ourselves, over two pipes: the fast lane."""
