"""Which place an address or a host name belongs to, by what the company wrote down. Pure: no name is looked up in the network.

Refuses to guess: what nobody wrote down has no place. An address of this very machine is where Avow itself is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
_HERE = ("localhost", "")


@dataclass(frozen=True)
class Known:
    """`networks` and `hosts` lead to places; a host "backup.example" also stands for what lies below it. `here` is the place of
    Avow's own machine ("" nobody said)."""

    networks: tuple[tuple[Network, str], ...]
    hosts: tuple[tuple[str, str], ...]
    here: str = ""

    def place_of(self, target: str, local: str = "") -> str:
        """The place of an address, host or bucket; "" unknown. `local` is where this machine is, seen from what sends there."""
        if is_local(target):
            return local or self.here
        try:
            address = ip_address(target)
        except ValueError:
            name = target.lower().rstrip(".")
            fits = [(host, place) for host, place in self.hosts if name == host or name.endswith(f".{host}")]
            return max(fits, key=lambda fit: len(fit[0]), default=("", ""))[1]
        fits_ = [(net, place) for net, place in self.networks if address.version == net.version and address in net]
        return max(fits_, key=lambda fit: fit[0].prefixlen, default=(None, ""))[1]


def is_local(target: str) -> bool:
    """This machine itself: a socket, a loopback address, a path."""
    if target in _HERE or target.startswith("/"):
        return True
    try:
        return ip_address(target).is_loopback
    except ValueError:
        return False


def make_known(networks: Mapping[str, Iterable[str]], hosts: Mapping[str, Iterable[str]], here: str) -> Known:
    """Out of place -> CIDR networks and place -> host names. Raises ValueError for what is no network."""
    return Known(
        tuple((ip_network(net, strict=False), place) for place, listed in networks.items() for net in listed),
        tuple((host.lower(), place) for place, listed in hosts.items() for host in listed),
        here,
    )
