"""The Chinese catalogue: complete and compiled."""

import gettext
import shutil
import subprocess

from tests.shared import ROOT, require

FOLDER = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES"


def test_messages_are_translated_and_compiled(tmp_path):
    require(shutil.which("msgfmt"), "gettext is missing: apt-get install gettext")
    fresh = tmp_path / "django.mo"
    command = ["msgfmt", "--check", "--statistics", "--output-file", str(fresh), str(FOLDER / "django.po")]
    result = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    assert result.returncode == 0, result.stderr
    assert "untranslated" not in result.stderr
    assert "fuzzy" not in result.stderr
    assert catalogue(fresh) == catalogue(FOLDER / "django.mo")


def catalogue(path) -> dict:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog
