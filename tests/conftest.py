"""What holds for all tests: neither a busy machine nor its user's settings make one fail."""

import os

import pytest
from hypothesis import settings

os.environ["VOICEGUIDE_CONFIG"] = os.devnull  # the developer's own would change what is made
os.environ["VOICEGUIDE_VOICES"] = os.devnull  # the same
os.environ["VOICEGUIDE_NARRATION"] = "off"  # its tests let it speak; all others have one voice
os.environ["VOICEGUIDE_PIP_VOICES"] = "off"  # those that are installed here would speak

if not os.environ.get("CI"):  # there hypothesis has a profile of its own, without a deadline too
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")

pytest.register_assert_rewrite("engine_contract")
