"""Evaluation: metrics with intervals, run on any data root in its publisher's layout."""
