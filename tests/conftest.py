"""What holds for all tests: neither a busy machine nor its user's settings make one fail."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from busyness import Slower, slowness
from hypothesis import HealthCheck, settings

os.environ["VOICEGUIDE_CONFIG"] = os.devnull  # the developer's own would change what is made
os.environ["VOICEGUIDE_VOICES"] = os.devnull  # the same
os.environ["VOICEGUIDE_NARRATION"] = "off"  # its tests let it speak; all others have one voice
os.environ["VOICEGUIDE_PIP_VOICES"] = "off"  # those that are installed here would speak

if not os.environ.get("CI"):  # there hypothesis has a profile of its own, unhurried too
    settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("unhurried")

pytest.register_assert_rewrite("engine_contract")

QUICK_ROUTINES = {"constructive-rest", "nacken-und-schultern", "ten-minute-psoas-relief"}
"""The routines of the library that every run is tried on; the others are slow for being many."""


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, in tests that run in the background, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def slower() -> Iterator[Slower]:
    """For a limit of time: what to multiply it by, as the machine has other work, too."""
    with slowness() as told:
        yield told


ROUTINES = {path.stem for path in (Path(__file__).parents[1] / "scripts").glob("*.md")}


LIVE = {"live_services", "web_running"}
"""Helpers of tests whose other side is a real browser, a sound server or a program that plays. It
shares the machine's cores with all other tests, and a sound that comes too late is gone."""


def is_live(module: ModuleType) -> bool:
    return any(getattr(value, "__module__", "") in LIVE for value in vars(module).values())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is tried on every routine of the library is quick on a few of them alone; what is live
    has a second chance, and the summary names it."""
    for item in items:
        if isinstance(item, pytest.Function) and is_live(item.module):
            item.add_marker(pytest.mark.flaky(reruns=1))
        called = getattr(item, "callspec", None)
        tried = {str(value) for value in called.params.values()} if called else set()
        if tried & ROUTINES - QUICK_ROUTINES:
            item.add_marker(pytest.mark.slow)
