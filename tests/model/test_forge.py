"""Which forge a project is at: told by its remote, by what its configuration says of the repository, and by ``scm``."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.config_forge import ScmConfig
from agent_orchestrator.model.forge import forge_of
from agent_orchestrator.model.hosts import is_github_cloud, is_loopback


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("https://github.com/acme/shop.git", ("github", "https://github.com", "acme/shop")),
        ("https://ann@github.com/acme/shop/", ("github", "https://github.com", "acme/shop")),
        ("git@github.com:acme/shop.git", ("github", "https://github.com", "acme/shop")),
        ("ssh://git@github.com:22/acme/shop.git", ("github", "https://github.com", "acme/shop")),
        ("git@acme.ghe.com:acme/shop.git", ("github", "https://acme.ghe.com", "acme/shop")),
        ("https://gitlab.com/acme/tools/shop.git", ("gitlab", "https://gitlab.com", "acme/tools/shop")),
        ("https://gitlab.example.org:8443/a/b", ("gitlab", "https://gitlab.example.org:8443", "a/b")),
        ("http://github.example.org/a/b", ("github", "https://github.example.org", "a/b")),
        ("http://git@[::1]:80/a/b", None),
        ("https://git.example.org/a/b", None),
        ("https://notgithub.com/a/b", None),
        ("https://github.com/shop", None),
        ("https://[/a/b", None),
        ("/srv/git/acme/shop.git", None),
        (r"C:\acme\shop", None),
        ("", None),
    ],
)
def test_a_remote_says_which_forge_it_is_at(remote, found):
    forge = forge_of(remote, "", None)
    assert (forge and (forge.plugin, forge.server, forge.path)) == found


@pytest.mark.parametrize("repo", ["acme/shop", "acme/shop.git", "/acme/shop.git/", "https://github.com/acme/shop.git"])
def test_what_is_configured_comes_before_the_remote(repo):
    forge = forge_of("git@github.com:ann/fork.git", repo, None)
    assert forge is not None
    assert (forge.server, forge.path) == ("https://github.com", "acme/shop")


def test_a_forge_that_its_host_does_not_name_is_named_by_its_kind_and_address():
    forge = forge_of("git@git.example.org:a/b.git", "", ScmConfig(plugin="gitlab", url="http://127.0.0.1:8080/"))
    assert forge is not None
    assert (forge.plugin, forge.server, forge.path) == ("gitlab", "http://127.0.0.1:8080", "a/b")


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("github.com", True),
        ("acme.ghe.com", True),
        ("ghe.com", False),
        ("github.com:8443", False),
        ("evilgithub.com", False),
        ("github.com.example.org", False),
    ],
)
def test_only_githubs_own_hosts_are_github_itself(host, is_own):
    assert is_github_cloud(host) is is_own


@pytest.mark.parametrize(
    ("name", "is_here"),
    [
        ("localhost", True),
        ("LocalHost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_only_this_machines_own_names_are_this_machine(name, is_here):
    assert is_loopback(name) is is_here
