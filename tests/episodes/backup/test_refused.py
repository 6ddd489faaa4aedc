"""Files that are no complete backup of this version are refused with one sentence, and nothing is written."""

import hashlib
import json
import shutil
import stat
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from episodes.backup import BackupError, archive
from episodes.backup.manifest import Upload, version
from episodes.backup.restore import check, restore
from episodes.backup.tables import tables
from episodes.backup.uploads import Staged
from episodes.models import Decision, Episode
from tests import factories

pytestmark = pytest.mark.django_db
SMALL = "from tests import factories; factories.full_episode(cover='episodes/a.png'); factories.editor()"


@pytest.fixture(scope="session")
def small(sites):
    """Return the backup of a small library."""
    site = sites.new()
    (site.folder / "media" / "episodes").mkdir(parents=True)
    (site.folder / "media" / "episodes" / "a.png").write_bytes(b"picture")
    site.shell(SMALL)
    site.manage("backup", site.folder / "backup.zip")
    return site.folder / "backup.zip"


@pytest.fixture
def file(small, tmp_path):
    return Path(shutil.copy(small, tmp_path))


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def refusal(path, function=check):
    with pytest.raises(BackupError) as caught:
        function(Path(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def altered(file, manifest=lambda found: None, members=lambda found: None, described=True):
    """Return the backup with another manifest or members; sizes and digests are corrected unless told otherwise."""
    with zipfile.ZipFile(file) as old:
        held = {name: old.read(name) for name in old.namelist()}
    found = json.loads(held.pop("manifest.json"))
    members(held)
    for one in [*found["tables"], *found["uploads"]] if described else []:
        if one["name"] in held:
            one |= described_as(one["name"], held[one["name"]])
    manifest(found)
    return written(file.with_name("altered.zip"), [*held.items(), ("manifest.json", json.dumps(found).encode())])


def described_as(name, content):
    return {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def written(path, members, **details):
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o600) << 16
            for key, value in details.get(name, {}).items():
                setattr(info, key, value)
            new.writestr(info, content)
    return path


def rows_changed(model, change):
    """Return a function for `members` that changes the rows of a table."""

    def changed(held):
        name = f"tables/{model}.jsonl"
        rows = [json.loads(line) for line in held[name].splitlines()]
        change(rows)
        held[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return changed


def place(model, column):
    return {table.label: table.names for table in tables()}[model].index(column)


def set_to(model, column, value):
    return rows_changed(model, lambda rows: rows[0].__setitem__(place(model, column), value))


# --- the file


def test_check_reads_whole_file(file):
    manifest = check(file)
    assert {rows.model: rows.rows for rows in manifest.tables}["episodes.Episode"] == 1
    assert [upload.path for upload in manifest.uploads] == ["episodes/a.png"]
    assert check(altered(file)) == manifest


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no backup of Greenroom"),
        (b"not a zip, whatever its name says", "is no backup of Greenroom"),
        (b"PK\x03\x04 and then nothing", "is damaged or cut short"),
    ],
)
def test_foreign_file_is_refused(tmp_path, content, sentence):
    (tmp_path / "x.zip").write_bytes(content)
    assert sentence in refusal(tmp_path / "x.zip")


def test_missing_file_and_folder_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "x.zip")
    assert "Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"format": "another"}', b'"x"', b"1"])
def test_foreign_manifest_is_refused(tmp_path, content):
    path = written(tmp_path / "x.zip", [("manifest.json", content)])
    assert "no backup of Greenroom" in refusal(path)


def test_zip_without_manifest_is_refused(tmp_path):
    assert "has no manifest.json" in refusal(written(tmp_path / "x.zip", [("a.txt", b"a")]))


def test_later_format_is_refused(file):
    message = refusal(altered(file, lambda found: found.update(format_version=2)))
    assert "later version of Greenroom" in message


def test_truncated_file_is_refused(file):
    content = file.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 40)):
        file.write_bytes(content[:length])
        refusal(file)


def test_changed_byte_is_refused_or_harmless(file):
    """Some bytes of a zip (dates, for example) have no effect; everything else must be detected."""
    content, whole = file.read_bytes(), asdict(check(file))
    refused = 0
    for position in range(0, len(content), 211):
        file.write_bytes(content[:position] + bytes([content[position] ^ 0x41]) + content[position + 1 :])
        try:
            assert asdict(check(file)) == whole, position
        except BackupError:
            refused += 1
    assert refused > len(content) // 211 * 0.7


def test_member_with_other_content_is_refused(file):
    def forge(held):
        held["tables/auth.User.jsonl"] = held["tables/auth.User.jsonl"].replace(b"edith", b"eddie")

    assert "is not what was written" in refusal(altered(file, members=forge, described=False))


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held.update({"extra.txt": b""}),
        lambda held: held.pop("media/episodes/a.png"),
        lambda held: held.pop("tables/episodes.Decision.jsonl"),
    ],
    ids=["extra", "no-upload", "no-table"],
)
def test_unlisted_or_missing_members_are_refused(file, change):
    assert "does not hold what its manifest.json lists" in refusal(altered(file, members=change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_member_is_refused(file):
    with zipfile.ZipFile(file, "a") as again:
        again.writestr("tables/auth.User.jsonl", b"")
    assert "does not hold what its manifest.json lists" in refusal(file)


@pytest.mark.parametrize(
    "details",
    [
        {"compress_type": zipfile.ZIP_DEFLATED},
        {"external_attr": (stat.S_IFLNK | 0o777) << 16},
        {"external_attr": 0},
    ],
    ids=["packed", "link", "no-mode"],
)
def test_compressed_or_encrypted_upload_is_refused(file, details):
    with zipfile.ZipFile(file) as old:
        held = [(name, old.read(name)) for name in old.namelist()]
    path = written(file.with_name("x.zip"), held, **{"media/episodes/a.png": details})
    assert "is not stored as a backup stores it" in refusal(path)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "a//b", "", "..", "a/./b", "a\\..\\b", "a/", "a\0b", "x/.."]
)
def test_unsafe_upload_path_is_refused(file, path):
    message = refusal(altered(file, lambda found: found["uploads"][0].update(path=path)))
    assert "which no backup of ours has" in message


def test_zip_bomb_is_refused(file, monkeypatch):
    monkeypatch.setattr(archive, "_RATIO_FROM", 1000)
    monkeypatch.setattr(archive, "_LARGEST_RATIO", 0.1)
    assert "would unfold to" in refusal(file)


def test_oversized_row_is_refused(file, monkeypatch):
    monkeypatch.setattr(archive, "_LARGEST_ROW", 10)
    monkeypatch.setattr(archive, "_PIECE", 8)
    assert "is too large" in refusal(file)


def test_oversized_manifest_is_refused(file, monkeypatch):
    monkeypatch.setattr(archive, "_LARGEST_MANIFEST", 10)
    assert "manifest.json is too large" in refusal(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["tables"][0].update(rows="1"),
        lambda found: found["tables"][0].update(size=-1),
        lambda found: found["tables"][0].update(sha256="0"),
        lambda found: found["tables"][0].update(columns=[1]),
        lambda found: found["tables"][0].update(more=1),
        lambda found: found["uploads"][0].pop("modified"),
        lambda found: found.update(migrations={"episodes": 5}),
        lambda found: found.update(permissions=[["a"]]),
        lambda found: found["permissions"].append(["a", "gone", "thing", "Can a"]),
        lambda found: found.update(tables=None),
        lambda found: found.pop("engine"),
        lambda found: found.update(more=1),
    ],
)
def test_invalid_manifest_is_refused(file, change):
    assert "no backup of Greenroom" in refusal(altered(file, change))


# --- other versions


def test_older_backup_names_version_to_install(file):
    message = refusal(altered(file, lambda found: found["migrations"]["episodes"].pop()))
    assert f"Install Greenroom {version()[0]}" in message
    assert message.endswith("then install this version again and run `manage.py migrate`.")


def test_newer_backup_names_version_to_install(file):
    message = refusal(altered(file, lambda found: found["migrations"]["episodes"].append("0999_later")))
    assert "was made with migration episodes 0999_later" in message
    assert message.endswith("and restore it there.")


def test_backup_with_unknown_app_is_refused(file):
    message = refusal(altered(file, lambda found: found["migrations"].update(shop=["0001_initial"])))
    assert "this site has no app shop" in message


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["tables"][0]["columns"].append("more"),
        lambda found: found["tables"][0].update(model="people.Nobody"),
    ],
)
def test_other_tables_or_columns_are_refused(file, change):
    assert "has other tables or columns" in refusal(altered(file, change))


# --- rows


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        ("episodes.Episode", "title", 7),
        ("episodes.Episode", "version", "7"),
        ("episodes.Episode", "version", True),
        ("episodes.Episode", "adopted", 1),
        ("episodes.Episode", "created_at", "yesterday"),
        ("episodes.Episode", "created_at", "2024-01-01T00:00:00"),
        ("episodes.Episode", "aired_on", "2024-13-01"),
        ("episodes.Episode", "extra", {"a": 1}),
        ("auth.Group_permissions", "permission_id", 5),
        ("auth.Group_permissions", "permission_id", ["a", {}, "c"]),
    ],
)
def test_value_of_wrong_type_is_refused(file, model, column, value):
    assert f"row 1 of tables/{model}.jsonl cannot be read" in refusal(
        altered(file, members=set_to(model, column, value))
    )


@pytest.mark.parametrize(
    ("model", "column", "name"),
    [
        ("auth.Group_permissions", "permission_id", ["no_such", "auth", "user"]),
        ("auth.Group_permissions", "permission_id", []),
    ],
)
def test_unlisted_natural_key_is_refused(file, model, column, name):
    message = refusal(altered(file, members=set_to(model, column, name)))
    assert f"{model} 1: permission_id names what the backup does not list" in message


@pytest.mark.parametrize("line", [b"\n", b"[1]\n", b"7\n", b"null\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_invalid_line_is_refused(file, line):
    path = altered(file, members=lambda held: held.update({"tables/auth.User.jsonl": line}))
    assert "row 1 of tables/auth.User.jsonl cannot be read" in refusal(path)


def test_truncated_row_is_refused(file):
    def cut(held):
        held["tables/auth.User.jsonl"] = held["tables/auth.User.jsonl"][:-1]

    assert "is cut short" in refusal(altered(file, members=cut))


def test_missing_rows_are_refused(file):
    path = altered(file, members=rows_changed("auth.User", lambda rows: rows.pop()))
    assert "has 0 rows, and 1 were written" in refusal(path)


@pytest.mark.parametrize("text", ["{", "NaN", '{"a": Infinity}', "[" * 100_000])
def test_invalid_json_is_reported(file, text):
    message = refusal(altered(file, members=set_to("episodes.Episode", "extra", text)))
    assert "extra holds what is no JSON" in message


# --- the target site


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (lambda media: User.objects.create(username="first"), "it has rows of auth.User"),
        (lambda media: Group.objects.create(name="Guild"), "it has the group Guild"),
        (lambda media: factories.episode(), "it has rows of episodes.Episode"),
        (lambda media: (media.mkdir(), (media / "x.png").write_bytes(b"x")), "There are uploads already"),
    ],
)
def test_nonempty_site_is_refused(file, media, fill, sentence):
    fill(media)
    before = state()
    assert sentence in refusal(file, restore)
    assert state() == before
    # `check` does not depend on the site's contents.
    assert check(file)


def state():
    return {table.label: sorted(table.model._base_manager.values_list("pk", flat=True)) for table in tables()}


def files(media):
    return {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()}


@pytest.mark.django_db(transaction=True)
def test_empty_site_is_restored(file, media):
    restore(file)
    assert Episode.objects.public().get().sections.get().html == ""
    assert files(media) == {"episodes/a.png": b"picture"}
    assert stat.S_IMODE((media / "episodes" / "a.png").stat().st_mode) == 0o600
    assert set(Group.objects.values_list("name", flat=True)) == {"Editor", "Verifier", "Publisher", "Librarian"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (set_to("episodes.Section", "episode_id", 999), "contradict each other"),
        (set_to("episodes.Episode", "title", None), "episodes.Episode cannot be written"),
    ],
    ids=["no-episode", "no-title"],
)
def test_violated_constraint_rolls_back(file, media, members, sentence):
    before = state()
    message = refusal(altered(file, members=members), restore)
    assert sentence in message
    assert state() == before
    assert files(media) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt(), ValueError("a fault of ours")])
def test_failure_after_uploads_rolls_back(file, media, monkeypatch, error):
    before, place = state(), Staged.place

    def placed_and_failed(staged):
        place(staged)
        assert files(media) == {"episodes/a.png": b"picture"}
        raise error

    monkeypatch.setattr(Staged, "place", placed_and_failed)
    with pytest.raises(type(error)):
        restore(file)
    assert state() == before
    assert files(media) == {}
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_duplicate_upload_path_rolls_back(file, media):
    def twice(found):
        found["uploads"].append(asdict(Upload(**described_as("media/b", b"b"), path="episodes/a.png", modified=0)))

    path = altered(file, twice, lambda held: held.update({"media/b": b"b"}))
    with pytest.raises(FileExistsError):
        restore(path)
    assert files(media) == {}
    assert not Episode.objects.exists()
