"""Chromium's headless shell under begin-frame control: processes, pages and the two lanes.

It starts and ends browsers, opens pages, loads documents into them and draws their frames.
It must never know what a template, a workspace's data or an output format is.
"""
