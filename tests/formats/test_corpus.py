"""The floor under the reading of CI logs: recall and precision of (file, line) over the recorded corpus."""

from __future__ import annotations

import pytest

RECALL, PRECISION = 0.95, 0.98
#: What each of these tools has to have in the corpus.
TOOLS = ("pytest", "unittest", "ruff", "mypy", "eslint", "tsc", "jest", "vitest", "go", "cargo", "gcc", "maven")


def test_the_corpus_has_sixty_logs_of_which_a_third_was_held_out(corpus):
    assert len(corpus.names()) >= 60
    assert len(corpus.names(held=True)) / len(corpus.names()) >= 1 / 3


def test_the_corpus_has_every_tool(corpus):
    assert {corpus.score(name).tool for name in corpus.names(held=False)} == set(TOOLS)


def test_every_log_has_something_to_find(corpus):
    empty = [name for name in corpus.names() if not corpus.job(name)[1]["truth"]]
    assert empty == []


@pytest.mark.parametrize("held", [False, True], ids=["developed", "held-out"])
@pytest.mark.parametrize("with_files", [True, False], ids=["files-known", "files-unknown"])
def test_recall_and_precision_keep_the_floor(corpus, held: bool, with_files: bool):
    recall, precision = corpus.rates([corpus.score(n, with_files=with_files) for n in corpus.names(held=held)])
    # Where the files are not known, the folder of a Maven module or of a lone Go package is not either.
    slack = 0.0 if with_files else 0.02
    assert recall >= RECALL - slack
    assert precision >= PRECISION - slack


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_a_log_tells_the_same_whichever_forge_kept_it(corpus, wrap, forge: str):
    from agent_orchestrator.formats.ci_log import read_job_log

    for name in corpus.names():
        told = corpus.job(name)[1]
        text = (corpus.LOGS / f"{name}.log").read_text(encoding="utf-8")
        if "::error " in text:
            continue  # Only GitHub's runner knows these commands.
        data = getattr(wrap, forge)(text, told["command"], told["root"], told["exit"])
        here = {(t.tool, t.finding.key, t.finding.line) for t in read_job_log(data, told["files"]).findings}
        kept = {(t.tool, t.finding.key, t.finding.line) for t in corpus.read(name)[0].findings}
        assert here == kept, name


def test_the_first_reading_of_each_held_out_log_is_on_record(corpus):
    assert set(corpus.first_reading()) == set(corpus.names(held=True))
