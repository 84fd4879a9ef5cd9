import sys

import pytest

from adapters.alerts.apprise_channel import AddressUnusable, AppriseChannel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise itself


def test_an_address_nobody_understands_is_told_by_its_number_alone() -> None:
    with pytest.raises(AddressUnusable, match="address 2") as caught:
        AppriseChannel(["json://127.0.0.1:1/", "nothing://canary@secret"])

    assert "canary" not in str(caught.value)


def test_a_missing_library_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(AddressUnusable, match="channels"):
        AppriseChannel(["json://127.0.0.1:1/"])
