import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.project import PACKAGES, ROOT, text_of


def test_imports_keep_the_contracts() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_contracts_speak_of_every_package() -> None:
    settings = tomllib.loads(text_of(Path("pyproject.toml")))["tool"]["importlinter"]
    layers = next(item["layers"] for item in settings["contracts"] if item["type"] == "layers")
    ranked = {name.strip() for layer in layers for name in layer.split("|")}

    assert set(settings["root_packages"]) == set(PACKAGES)
    assert ranked == set(PACKAGES)
