"""Small functions, small files: the sizes a reader can hold."""

from statistics import median, quantiles

from source import list_functions, list_modules

FILE_STOP = 600
FUNCTION_STOP = 80


def test_no_file_is_longer_than_a_person_reads_in_one_sitting():
    long = {module.name: module.text.count("\n") for module in list_modules()}
    assert {name: lines for name, lines in long.items() if lines > FILE_STOP} == {}


def test_no_function_is_longer_than_a_screen():
    assert [f for f in list_functions() if f.lines > FUNCTION_STOP] == []


def test_most_functions_are_small():
    lines = [function.lines for function in list_functions()]
    assert median(lines) <= 10
    assert quantiles(lines, n=20)[-1] < 45
