"""The language's functions, each usable as a filter and as a call; `table` lists them all."""
