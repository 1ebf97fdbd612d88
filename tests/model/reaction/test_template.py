from __future__ import annotations

from agent_orchestrator.model.reaction.template import Odd, filled, problems


def test_fields_are_filled_in_once():
    assert filled("CI: {{errors}} at {{ pr.url }}", {"errors": "{{pr.url}}", "pr.url": "u"}) == "CI: {{pr.url}} at u"


def test_what_will_not_be_filled_in_is_told_with_its_place():
    assert list(problems("a {{errors}} {{error}}", ["errors"])) == [Odd("the event has no 'error'", 15, "error")]
    assert list(problems("a {{errors}} {{", ["errors"])) == [
        Odd("'{{' belongs to no field; one is written {{like.this}}", 13)
    ]
    assert list(problems("nothing to fill in { }", [])) == []
