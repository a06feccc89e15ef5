"""Which addresses may be asked: anybody can put any link into a pull request (CWE-918)."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

# Clouds' own services at addresses that some registries, or Pythons, count as public.
_CLOUDS = tuple(ipaddress.IPv4Network(net) for net in ("168.63.129.16/32", "192.0.0.0/24"))
# Prefixes before an IPv4 address: mapped and compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052).
_EMBEDDING = tuple(ipaddress.IPv6Network(net) for net in ("::ffff:0:0/96", "::/96", "64:ff9b::/96"))
# Local NAT64, Teredo, 6to4, site-local, documentation (RFC 8215, 4380, 3056, 3879, 9637): nothing
# public is there.
_TUNNELS = tuple(
    ipaddress.IPv6Network(net)
    for net in ("64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", "3fff::/20")
)
# Names of one machine or network (RFC 6761, 6762, 8375; ICANN).
_INNER = (".localhost", ".local", ".home.arpa", ".internal")


def forbidden(address: str) -> bool:
    """Whether an IP address is none of the public web: private, loopback, metadata and the like.

    The special-purpose registries (RFC 6890), read on the embedded address where there is one.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in net for net in _EMBEDDING):
            return forbidden(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if any(ip in net for net in _TUNNELS):
            return True
    elif any(ip in net for net in _CLOUDS):
        return True
    return not ip.is_global or ip.is_multicast or ip.is_reserved


class Forbidden(OSError):
    """Raised instead of connecting; its own errno survives being merged with other errors."""

    ERRNO = 77918


def check(host: str) -> None:
    """Raise Forbidden for an address, or a name of this network, that no proxy may be asked for.

    What a public name means is known to the proxy alone: its operator answers for that.
    """
    try:
        inside = forbidden(host)
    except ValueError:
        inside = "." not in host or host.endswith(_INNER)
    if inside:
        raise Forbidden(Forbidden.ERRNO, f"{host} is not a public address")


def guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for an address that may be asked.

    Called with the very address that is connected to next, for every connection: no lookup lies
    between check and use (DNS rebinding); redirects and literal addresses pass here as well.
    """
    family, kind, proto, _, sockaddr = info
    check(str(sockaddr[0]))
    return socket.socket(family, kind, proto)
