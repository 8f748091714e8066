"""What holds for every engine that is installed, the built-in ones and a stranger's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from engine_contract import EngineContract

from voiceguide.engines import Engine, make, names
from voiceguide.errors import MachineError

ELSEWHERE = {"silent", "system", "command", "piper", "kokoro", "sherpa", "natural", "recorded"}
"""Engines that are tried in a way of their own: here below, and in the files named after them."""


class TestInstalled(EngineContract):
    """Each engine that works as it is installed."""

    @pytest.fixture(params=sorted(set(names()) - ELSEWHERE))
    def engine(self, request: pytest.FixtureRequest) -> Iterator[Engine]:
        """Each engine, closed afterwards; one that says why it cannot be used is left out."""
        try:
            made = make(request.param)
        except MachineError as error:
            pytest.skip(error.message)
        with closing(made):
            yield made


class TestSilent(EngineContract):
    """The engine that makes no sound, for as long as saying it would take."""

    audible = False

    @pytest.fixture
    def engine(self) -> Engine:
        return make("silent")
