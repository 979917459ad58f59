"""Translations: complete, in step with the pages, and compiled as gettext itself would read them."""

import gettext
import io
import re

import pytest
from django.conf import settings

from avow.settings import LANGUAGES
from avow.web.catalogues import compile_all, compile_catalogue, read_catalogue
from avow.web.extraction import WEB, list_texts

if not settings.configured:
    settings.configure(USE_I18N=True)
CATALOGUES = sorted(WEB.glob("locale/*/LC_MESSAGES/django.po"))


def read(path):
    return read_catalogue(path.read_text(encoding="utf-8"))


def test_there_is_a_catalogue_for_every_language_but_the_one_of_the_source():
    assert {path.parts[-3] for path in CATALOGUES} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_of_the_pages_is_translated_and_nothing_else(path):
    entries = {(entry.context, entry.message, entry.plural): entry for entry in read(path) if entry.message}
    assert set(entries) == set(list_texts()), "run `python -m avow.web.extraction`, then translate"
    assert [text for text, entry in entries.items() if not entry.complete] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_fills_in_what_the_original_fills_in(path):
    wrong = [
        entry.message
        for entry in read(path)
        for text in entry.translated
        if entry.message
        and not set(re.findall(r"%\(\w+\)\w", text)) <= set(re.findall(r"%\(\w+\)\w", entry.message + entry.plural))
    ]
    lost = [
        entry.message
        for entry in read(path)
        if not entry.plural
        and set(re.findall(r"%\(\w+\)", entry.message)) - set(re.findall(r"%\(\w+\)", entry.translated[0]))
    ]
    assert (wrong, lost) == ([], [])


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_python_reads_what_was_compiled(path):
    entries = read(path)
    loaded = gettext.GNUTranslations(io.BytesIO(compile_catalogue(entries)))
    for entry in entries:
        if entry.message and not entry.plural and not entry.context:
            assert loaded.gettext(entry.message) == entry.translated[0]
    meant = next(entry for entry in entries if entry.context)
    assert loaded.pgettext(meant.context, meant.message) == meant.translated[0]
    plural = next(entry for entry in entries if entry.plural)
    assert loaded.ngettext(plural.message, plural.plural, 2) == plural.translated[2]


def test_a_half_translated_entry_is_left_out():
    text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "yes"\nmsgstr "نعم"\n\nmsgid "no"\nmsgstr ""\n'
    loaded = gettext.GNUTranslations(io.BytesIO(compile_catalogue(read_catalogue(text))))
    assert (loaded.gettext("yes"), loaded.gettext("no")) == ("نعم", "no")


def test_lines_and_quotes_of_a_catalogue_are_read():
    text = 'msgctxt "menu"\nmsgid "a \\"b\\""\n"\\nc"\nmsgstr "d"\n'
    (entry,) = read_catalogue(text)
    assert (entry.context, entry.message, entry.translated) == ("menu", 'a "b"\nc', ("d",))


def test_compiling_twice_gives_the_same_folder(tmp_path):
    assert compile_all(tmp_path) == compile_all(tmp_path)
    assert (compile_all(tmp_path) / "ar" / "LC_MESSAGES" / "django.mo").stat().st_size > 10_000
