"""Raw logs of CI jobs → the findings that local checks would give. Pure, like the rest of ``formats``."""

from __future__ import annotations

from agent_orchestrator.formats.ci_log.annotations import beside_log, read_annotation
from agent_orchestrator.formats.ci_log.identity import as_local, local_format, log_signature
from agent_orchestrator.formats.ci_log.job import JobLog, Told, read_job_log, without_secrets
from agent_orchestrator.formats.ci_log.reports import beside_reports
from agent_orchestrator.formats.ci_log.steps import Step, steps_of

__all__ = [
    "JobLog",
    "Step",
    "Told",
    "as_local",
    "beside_log",
    "beside_reports",
    "local_format",
    "log_signature",
    "read_annotation",
    "read_job_log",
    "steps_of",
    "without_secrets",
]
