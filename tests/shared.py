"""Location of the real notes, which are outside the project, and skipping without them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
NOTES = SHARED / "notes"


def require(condition: object, reason: str) -> None:
    """Skip the test if the path is missing, or fail where all tests must run."""
    if condition:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
