"""How voiceguide was installed, and the exact command that brings what is missing there."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from voiceguide import installation
from voiceguide.installation import Installation, Kind, bring, examined, shown_program

PACKAGE = Path(installation.__file__).parent

REQUIRES = """Metadata-Version: 2.4
Name: voiceguide
Version: 1.0
Requires-Dist: click>=8.1
Requires-Dist: onnxruntime>=1.17; extra == "natural"
Requires-Dist: pocketsphinx>=5.0; python_version < "3.14" and extra == "hands-free"
Requires-Dist: jinja2>=3.1; extra == "web"
Requires-Dist: segno>=1.6; extra == 'web'
"""


class Machine:
    """A Python with voiceguide in it, as far as its marks go, in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.prefix, self.base, self.standard = folder / "env", folder / "usr", folder / "lib"
        for each in (self.prefix, self.base, self.standard):
            each.mkdir()
        self.package = folder / "voiceguide-1.0.dist-info"
        self.package.mkdir()
        (self.package / "METADATA").write_text(REQUIRES, encoding="utf-8")

    def came_from(self, **about: object) -> None:
        text = json.dumps(about)
        (self.package / "direct_url.json").write_text(text, encoding="utf-8")

    @property
    def found(self) -> Distribution:
        return PathDistribution(self.package)

    def examined(self, *, environment: bool = True, pip: bool = True) -> Installation:
        base = self.base if environment else self.prefix
        python = self.prefix / "bin" / "python"
        return examined(python, self.prefix, base, self.standard, self.found, pip=pip)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(installation, "distribution_here", lambda: made.found)
    monkeypatch.chdir(tmp_path)
    return made


def test_a_virtual_environment_is_added_to_by_its_own_pip(machine: Machine) -> None:
    """From the folder above it, its Python is named as one types it there."""
    assert machine.examined().kind is Kind.ENVIRONMENT
    assert machine.examined().bring("web") == 'env/bin/python -m pip install "voiceguide[web]"'


def test_from_elsewhere_the_whole_path_is_given(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that would not lead there from here is of no use; one with spaces is quoted."""
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path / "a b")
    command = machine.examined().bring("web")
    assert command == f'{machine.prefix}/bin/python -m pip install "voiceguide[web]"'
    spaced = shown_program(tmp_path / "c d" / "python")
    assert spaced == f'"{tmp_path / "c d" / "python"}"'


def test_an_environment_that_is_switched_on_needs_no_path(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the shell finds this very Python by its name, the name is enough."""
    python = machine.prefix / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(python.parent))
    assert machine.examined().bring("web") == 'python -m pip install "voiceguide[web]"'


def test_a_checkout_of_make_is_an_environment(machine: Machine, tmp_path: Path) -> None:
    """It is installed where it lies, and so its name is enough for pip."""
    machine.came_from(url=tmp_path.as_uri(), dir_info={"editable": True})
    here = machine.examined()
    assert here.editable
    assert here.bring("natural") == 'env/bin/python -m pip install "voiceguide[natural]"'
    assert here.again() == (
        f'env/bin/python -m pip install --force-reinstall "voiceguide @ {tmp_path.as_uri()}"'
    )


def test_pipx_is_told_the_packages(machine: Machine) -> None:
    """`inject` keeps them for its next reinstallation; conditions of a package stay with it."""
    (machine.prefix / "pipx_metadata.json").write_text("{}", encoding="utf-8")
    here = machine.examined()
    assert here.kind is Kind.PIPX
    assert here.bring("web") == 'pipx inject env "jinja2>=3.1" "segno>=1.6"'
    condition = "pocketsphinx>=5.0; python_version < '3.14'"
    assert here.bring("hands-free") == f'pipx inject env "{condition}"'
    assert here.again() == "pipx reinstall env"


def test_uv_tool_is_told_all_extras(machine: Machine, tmp_path: Path) -> None:
    """uv makes its environment anew for each install: what is there already is named again."""
    receipt = '[tool]\nrequirements = [{ name = "voiceguide", extras = ["web"] }, { name = "x" }]\n'
    (machine.prefix / "uv-receipt.toml").write_text(receipt, encoding="utf-8")
    assert machine.examined().kind is Kind.UV_TOOL
    assert machine.examined().bring("m4b") == 'uv tool install "voiceguide[m4b,web]"'
    machine.came_from(url=tmp_path.as_uri(), dir_info={})
    address = f"voiceguide[m4b,web] @ {tmp_path.as_uri()}"
    assert machine.examined().bring("m4b") == f'uv tool install "{address}"'
    assert machine.examined().again().startswith("uv tool install --force ")
    machine.came_from(url=tmp_path.as_uri(), dir_info={"editable": True})
    folder = f"{tmp_path}[m4b,web]"
    assert machine.examined().bring("m4b") == f'uv tool install --editable "{folder}"'


def test_an_environment_of_uv_has_no_pip(machine: Machine, tmp_path: Path) -> None:
    """uv is told which Python is meant, and where voiceguide came from: it asks anew."""
    machine.came_from(url=tmp_path.as_uri(), dir_info={})
    here = machine.examined(pip=False)
    assert here.kind is Kind.UV
    address = f"voiceguide[lsp] @ {tmp_path.as_uri()}"
    assert here.bring("lsp") == f'uv pip install --python env/bin/python "{address}"'
    again = "uv pip install --python env/bin/python --reinstall-package click click"
    assert here.again("click") == again


def test_a_python_of_the_system_is_said_to_be_one(machine: Machine) -> None:
    """Where the system looks after it, pip has to be told so once more, as at the first time."""
    plain = 'env/bin/python -m pip install "voiceguide[web]"'
    assert machine.examined(environment=False).kind is Kind.SYSTEM
    assert machine.examined(environment=False).bring("web") == plain
    (machine.standard / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n", encoding="utf-8")
    managed = machine.examined(environment=False)
    assert managed.kind is Kind.MANAGED
    assert managed.bring("web") == plain.replace("install", "install --break-system-packages")


def test_the_users_own_packages_stay_his(machine: Machine) -> None:
    """What lies beside the system's packages is added to there."""
    here = Installation(Kind.MANAGED, "python3", user=True)
    assert here.bring("web") == (
        'python3 -m pip install --break-system-packages --user "voiceguide[web]"'
    )


def test_conda_brings_pip(machine: Machine) -> None:
    """Its environments are no virtual ones, and yet nobody else's."""
    (machine.prefix / "conda-meta").mkdir()
    assert machine.examined(environment=False).kind is Kind.ENVIRONMENT


def test_a_repository_is_installed_from_again(machine: Machine) -> None:
    """The branch that was asked for, or else the very commit."""
    vcs = {"vcs": "git", "commit_id": "0123abc"}
    machine.came_from(url="https://example.org/voiceguide.git", vcs_info=vcs)
    assert "voiceguide @ git+https://example.org/voiceguide.git@0123abc" in (
        machine.examined().again()
    )


def test_a_folder_that_is_gone_is_no_address(machine: Machine, tmp_path: Path) -> None:
    """A checkout that was deleted after `pip install .` cannot be installed from."""
    machine.came_from(url=(tmp_path / "gone").as_uri(), dir_info={})
    assert machine.examined().again().endswith('--force-reinstall "voiceguide"')


def test_the_application_folder_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and that other installations have."""
    monkeypatch.setattr(installation, "here", lambda: Installation(Kind.APP))
    no_room = "the application folder has no room for it; a voiceguide in a Python has"
    assert bring("web") == no_room
    assert installation.again() == "unpack the application folder again"


def test_this_very_python_is_found_out() -> None:
    """What is said here names the Python that these tests run with."""
    here = installation.here()
    assert here.kind in (Kind.ENVIRONMENT, Kind.UV, Kind.SYSTEM, Kind.MANAGED)
    assert Path(here.python).name.startswith("python")


def test_the_application_takes_what_python_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code and files run with their arguments, as in the children of the engines."""
    monkeypatch.setattr(sys, "argv", [])
    installation.run_as_python(["-I", "-c", "import sys; print(sys.argv, __name__)", "one"])
    assert capsys.readouterr().out == "['-c', 'one'] __main__\n"
    file = tmp_path / "child.py"
    file.write_text("import sys; print(sys.argv[1:], __name__)", encoding="utf-8")
    installation.run_as_python(["-I", "-S", str(file), "two"])
    assert capsys.readouterr().out == "['two'] __main__\n"


def test_no_message_knows_a_command_of_its_own() -> None:
    """Every way to bring a package comes from one place, which knows how it was installed."""
    commands = re.compile(r"\b(pip|pipx|uv tool|uv pip) (install|inject)\b")
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "installation.py" and commands.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
