"""What is counted of each endpoint, by its host and port."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

REQUESTS = Counter("konspekt_model_requests", "Questions to an endpoint of the model", ["endpoint", "outcome"])
RUNNING = Gauge("konspekt_model_requests_running", "Answers being written by an endpoint", ["endpoint"])
RESTING = Gauge("konspekt_model_resting", "1 while an endpoint rests after a failure", ["endpoint"])
