"""Ours, in process and over HTTP."""

from bench.ours.in_process import InProcess
from bench.ours.over_http import OverHttp

__all__ = ["InProcess", "OverHttp"]
