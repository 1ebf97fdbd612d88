"""What a host is, by how it is written."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(name: str) -> bool:
    """Is a host, without a port or brackets, this machine?"""
    try:
        return name.lower() == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def is_github_cloud(host: str) -> bool:
    """Is a host, in small letters and with its port where it has one, GitHub's own, and no server of somebody's?

    "Data residency" gives each company a name at ``ghe.com``.
    """
    return host == "github.com" or host.endswith(".ghe.com")
