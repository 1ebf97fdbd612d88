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


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "LocalHost:1"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_is_on_this_machine_is_reached_without_one_that_would_read_the_token(scheme, host):
    everything = {"http_proxy": "http://p:1", "https_proxy": "http://p:1", "all_proxy": "http://p:1"}
    assert proxy_for(f"{scheme}://{host}/x", everything) == ""


@pytest.mark.parametrize("host", ["localhost.example.org", "127.0.0.1.example.org", "10.0.0.1"])
def test_what_is_only_called_like_this_machine_is_not(host):
    assert proxy_for(f"http://{host}/x", {"http_proxy": "http://p:1"}) == "http://p:1"
