"""What is rendered, and how to see that an answer is right."""

from bench.cases.case import NOW_US, Case, Job, WrongOutputError
from bench.cases.fixtures import fixture_cases
from bench.cases.strip import picture_difference

__all__ = ["CASES", "NOW_US", "Case", "Job", "WrongOutputError", "picture_difference"]

CASES = fixture_cases()
"""The cases that need nothing but the project's own files."""
