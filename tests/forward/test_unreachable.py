"""Where no daemon can be had, an editor is told so in sentences and never left waiting."""

from __future__ import annotations

FAILED = -32803


def test_a_daemon_that_ends_again_and_again_is_given_up_until_the_editor_asks(session, peer):
    client, daemon = session
    daemon.die()
    for _ in range(3):
        peer.accept().die()
    shown = client.receive()
    assert (shown["method"], "ended 4 times in a row" in shown["params"]["message"]) == ("window/showMessage", True)
    client.notify("n")
    assert peer.accept().receive()["method"] == "initialize"


def test_without_any_daemon_initialize_is_refused_with_a_sentence_and_may_be_tried_again(peer, editor):
    peer.vanish()
    client = editor(AO_RUN="inside")  # None is started from inside a run.
    for key in (0, 1):
        client.request(key, "initialize")
        answer = client.receive()
        assert (answer["id"], answer["error"]["code"], answer["error"]["data"]) == (key, FAILED, {"retry": True})
        assert "none is started from inside" in answer["error"]["message"]
    client.notify("exit")
    assert client.code() == 1
    assert [line.startswith("ao lsp: no daemon answers") for line in client.said().splitlines()] == [True]


def test_an_editor_that_lost_its_daemon_for_good_is_told_once_and_its_requests_are_answered(peer, editor):
    client = editor(AO_RUN="inside")
    daemon = peer.accept()
    client.request(0, "initialize")
    assert daemon.receive()["id"] == 0
    daemon.answer(0, {"capabilities": {}})
    assert client.receive()["id"] == 0
    peer.vanish()
    daemon.die()
    shown = client.receive()
    assert (shown["method"], shown["params"]["type"]) == ("window/showMessage", 1)
    for key in (1, 2):
        client.request(key, "m")
        assert (answer := client.receive())["id"] == key
        assert answer["error"]["code"] == FAILED
    client.request(3, "shutdown")
    assert client.receive() == {"id": 3, "result": None}
