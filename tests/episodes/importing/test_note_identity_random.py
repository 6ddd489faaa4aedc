"""Property: random changes of a folder lose nothing, and an unchanged folder is reported as unchanged."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.core.management import call_command

from episodes.models import Episode, Note

pytestmark = pytest.mark.django_db

PATHS = ("x.md", "a/x.md", "b/x.md", "a/index.md", "b/index.md", "y.md", "a/b/x.md")
VIDEOS = ("aaaaaaaaaaa", "bbbbbbbbbbb", "")
STEPS = 6


class Folder:
    """A folder of notes with operations on its files."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root, self.chance = root, chance
        self.root.mkdir()

    def change(self) -> None:
        self.chance.choice((self.write, self.write, self.edit, self.edit, self.move, self.copy, self.remove))()

    def files(self) -> list[Path]:
        return sorted(self.root.rglob("*.md"))

    def write(self) -> None:
        """Write a note about one of a few recordings, so that two files often share one."""
        path, video = self.root / self.chance.choice(PATHS), self.chance.choice(VIDEOS)
        source = f"source: https://www.youtube.com/watch?v={video}\n" if video else ""
        body = "".join(f"\nA line {self.chance.random()} that no other note has.\n" for _ in range(8))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: Title {self.chance.randint(1, 3)}\n{source}---\n{body}")

    def edit(self) -> None:
        if files := self.files():
            path = self.chance.choice(files)
            path.write_text(path.read_text() + f"\nMore {self.chance.random()}.\n")

    def move(self) -> None:
        if files := self.files():
            target = self.root / self.chance.choice(PATHS)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.chance.choice(files).rename(target)

    def copy(self) -> None:
        if files := self.files():
            target = self.root / self.chance.choice(PATHS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.chance.choice(files).read_bytes())

    def remove(self) -> None:
        if files := self.files():
            self.chance.choice(files).unlink()


@pytest.mark.parametrize("seed", range(25))
def test_random_folder_changes_lose_nothing(tmp_path, capsys, seed):
    folder = Folder(tmp_path / "notes", random.Random(seed))
    for _step in range(STEPS):
        for _change in range(3):
            folder.change()
        if not folder.files():
            continue
        call_command("import_notes", str(folder.root), verbosity=0)
        texts = {path.read_text() for path in folder.files()}
        kept = set(Note.objects.exclude(state=Note.State.SUPERSEDED).values_list("text", flat=True))
        assert texts <= kept
        capsys.readouterr()
        call_command("import_notes", str(folder.root))
        line = capsys.readouterr().out.splitlines()[-1]
        assert line == f"{len(folder.files())} notes: {len(folder.files())} unchanged."
    assert not Episode.objects.public().exists()
