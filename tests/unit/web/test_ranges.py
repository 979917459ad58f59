"""Which bytes of a file a Range header asks for."""

import pytest

from avow.web.centre.ranges import read_range


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("", None),
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=10-500", (10, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=99-99", (99, 99)),
        ("bytes=100-", ()),
        ("bytes=20-10", ()),
        ("bytes=-0", ()),
        ("bytes=-", None),
        ("bytes=1-2,5-6", None),
        ("lines=1-2", None),
        ("bytes=1-" + "9" * 40, None),
    ],
)
def test_one_range_is_understood_and_everything_else_is_the_whole_file(header, asked):
    assert read_range(header, 100) == asked


def test_nothing_of_an_empty_file_can_be_asked_for():
    assert read_range("bytes=0-", 0) == ()
