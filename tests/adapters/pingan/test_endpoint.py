import pytest

from adapters.pingan.endpoint import EndpointError, checked_endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:9000", "http://127.8.9.10/base/", "http://[::1]:9000", "http://localhost"],
)
def test_plain_http_is_for_loopback(endpoint: str) -> None:
    url = checked_endpoint(endpoint, loopback_only=True, https_only=False)

    assert str(url) == endpoint.rstrip("/")


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.1", "http://gateway.example", "http://0.0.0.0"]
)
def test_plain_http_leaves_this_host_never(endpoint: str) -> None:
    with pytest.raises(EndpointError, match="must be https"):
        checked_endpoint(endpoint, loopback_only=False, https_only=False)


@pytest.mark.parametrize(
    "endpoint",
    ["https://10.0.0.1", "https://gateway.example", "https://localhost.example", "https://[::2]"],
)
def test_a_rehearsal_talks_to_this_host_only(endpoint: str) -> None:
    with pytest.raises(EndpointError, match="only loopback"):
        checked_endpoint(endpoint, loopback_only=True, https_only=False)


def test_live_takes_https_even_on_loopback() -> None:
    with pytest.raises(EndpointError, match="must be https"):
        checked_endpoint("http://127.0.0.1", loopback_only=False, https_only=True)
    assert checked_endpoint("https://gateway.example/x", loopback_only=False, https_only=True)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "127.0.0.1:9000",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1/?a=1",
        "http://u:p@[::1]",
    ],
)
def test_what_is_no_base_address_is_refused(endpoint: str) -> None:
    with pytest.raises(EndpointError):
        checked_endpoint(endpoint, loopback_only=False, https_only=False)
