"""What holds for all tests: a busy machine makes none of them fail."""

import os

import pytest
from hypothesis import settings

if not os.environ.get("CI"):  # there hypothesis has a profile of its own, without a deadline too
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")

pytest.register_assert_rewrite("engine_contract")
