from __future__ import annotations

import pytest

from agent_orchestrator.net.proxy import proxy_for


@pytest.mark.parametrize(
    ("env", "proxy"),
    [
        ({}, ""),
        ({"https_proxy": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, ""),
        ({"ALL_PROXY": "socks5://p:1"}, "socks5://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "github.com"}, ""),
        ({"https_proxy": "http://p:1", "NO_PROXY": "*"}, ""),
        ({"https_proxy": "http://p:1", "no_proxy": "hub.com"}, "http://p:1"),
    ],
)
def test_it_is_named_by_the_environment(env, proxy):
    assert proxy_for("https://api.github.com/x", env) == proxy
