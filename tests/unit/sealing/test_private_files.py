"""Files that only their owner may read: whole, durable, never over another, and gone when what fills them fails."""

import pytest

from avow.cli.files import new_file
from avow.errors import SettingsError
from avow.sealing.keyfiles import open_private


def test_a_private_file_is_whole_and_for_its_owner_alone(tmp_path):
    target = tmp_path / "police.json"
    with open_private(target) as file:
        file.write(b"one")
        assert not target.exists()
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"one", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["police.json"]


def test_what_fails_leaves_no_file_and_what_stands_there_stays(tmp_path):
    target = tmp_path / "police.json"
    with pytest.raises(TypeError), open_private(target) as file:
        file.write("words")  # what cannot be written
    assert list(tmp_path.iterdir()) == []
    target.write_bytes(b"before")
    with pytest.raises(SettingsError) as refused, new_file(target):
        pass
    assert refused.value.codes == ("settings.file-in-use",)
    assert target.read_bytes() == b"before"


def test_a_file_into_which_nothing_was_written_is_not_there(tmp_path):
    with new_file(tmp_path / "empty.json"):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingsError) as refused, new_file(tmp_path / "nowhere" / "some.json"):
        pass
    assert refused.value.codes == ("settings.file-not-writable",)
