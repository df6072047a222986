"""Figures for Prometheus."""

from __future__ import annotations

from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counts requests, and the state of jobs when asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "einthoven_requests", "Requests", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "einthoven_request_seconds",
            "Time to answer",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.jobs = Gauge("einthoven_analyses", "Analyses by state", ("state",), registry=self.registry)
        self.queue = Gauge("einthoven_queue_length", "Messages that wait", registry=self.registry)
        self.live = Gauge("einthoven_live_sessions", "Live streams", registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answer."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self, states: dict[str, int], queue_length: int | None, live_sessions: int) -> bytes:
        """Return everything in Prometheus's text format."""
        for state, n in states.items():
            self.jobs.labels(state).set(n)
        self.queue.set(nan if queue_length is None else queue_length)
        self.live.set(live_sessions)
        return generate_latest(self.registry)
