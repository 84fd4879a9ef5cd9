from ipaddress import ip_address

from yarl import URL


class EndpointError(ValueError):
    """An endpoint this program must not talk to."""


def checked_endpoint(endpoint: str, *, loopback_only: bool, https_only: bool) -> URL:
    """Return the base URL without a trailing slash, or raise EndpointError.

    Plain http leaves this host never: it is for loopback, and not even there under `https_only`
    (live). `loopback_only` is for rehearsals (trading-day.md rule 26).
    """
    url = URL(endpoint.rstrip("/"))
    if url.scheme not in ("http", "https") or not url.host or url.query_string or url.fragment:
        raise EndpointError(f"{endpoint!r} is not an http or https base address")
    if url.user is not None or url.password is not None:
        raise EndpointError("an endpoint carries no user name or password")
    if loopback_only and not _is_loopback(url.host):
        raise EndpointError(f"{url.host} is not on this host, and only loopback is allowed here")
    if url.scheme == "http" and (https_only or not _is_loopback(url.host)):
        raise EndpointError(f"{endpoint!r} must be https")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
