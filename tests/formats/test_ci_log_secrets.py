"""What looks like a secret in a log is in nothing that is kept of it."""

from __future__ import annotations

import pytest
from attrs import asdict

from agent_orchestrator.formats.ci_log import Told, without_secrets
from agent_orchestrator.model.report import Finding, Kind

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize("field", ["key", "title", "message", "output"])
def test_no_text_of_a_finding_keeps_a_token(field: str):
    texts = {"key": "t.py::t", "message": "failed", field: f"t.py::t[{TOKEN}]"}
    cleaned = without_secrets(Told("pytest", "test", Finding(kind=Kind.TEST, **texts)))
    assert TOKEN not in str(asdict(cleaned))
