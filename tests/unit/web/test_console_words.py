"""Nothing on a page of the console is said in one language only: what is marked, what is of a closed list, what is neither."""

import ast
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.test.utils import override_settings
from django.utils.translation import override

from avow.errors import AvowError, Diagnostic, Place
from avow.web.catalogues import compile_all
from avow.web.console import charts, lists, refusals, words
from avow.web.extraction import WEB

if not settings.configured:
    settings.configure(USE_I18N=True)

CONSOLE = WEB / "console"
TEMPLATES = sorted(CONSOLE.glob("templates/**/*.html"))
MARKED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|{#.*?#}|{%.*?%}|{{.*?}}", re.S)
AS_IT_IS = re.compile(r"<(code|svg)\b.*?</\1>|SHA-256", re.S)  # commands, pictures and the name of a digest
READ = re.compile(r'\b(?:aria-label|title|placeholder|alt|data-label)="[^"]*')
BARE = r"{{ \w[\w.]*\.(state|step|verdict|channel|role|roles|departments|decision|purpose|level|result|jurisdiction) }}"
MOVES = {"move": 3, "move_one": 3, "record_event": 2}  # the call -> where the name of the event stands


def id_of(path):
    return path.stem


@pytest.mark.parametrize("path", TEMPLATES, ids=id_of)
def test_no_word_of_a_page_is_unmarked(path):
    text = AS_IT_IS.sub("", MARKED.sub("", path.read_text(encoding="utf-8")))
    if "block main_class" in path.read_text(encoding="utf-8"):
        text = re.sub(r"page (narrow|full)", "", text)
    read = [found[0].partition('"')[2] for found in READ.finditer(text)] + re.sub(r"<[^>]*>", "\n", text).split("\n")
    assert [words for words in read if re.search(r"[A-Za-z]{2}", words)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=id_of)
def test_no_name_of_a_closed_list_is_shown_as_it_is_stored(path):
    text = re.sub(r'(class|name|value|id|href|action)="[^"]*"', "", path.read_text(encoding="utf-8"))
    assert [found[0] for found in re.finditer(BARE, text)] == []


@pytest.mark.parametrize("path", sorted(CONSOLE.glob("*.py")), ids=id_of)
def test_no_message_and_no_field_of_a_form_is_unmarked(path):
    unmarked = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            said = [word.value for word in node.keywords if word.arg in ("label", "help_text")]
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "messages":
                said += node.args[1:]
            unmarked += [one.value for one in said if isinstance(one, ast.Constant) and one.value]
    assert unmarked == []


def list_events():
    """Names of events as the model's source writes them; what is put together there, up to its first colon."""
    for room in ("duties", "app"):
        for path in (WEB.parent / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                call = node.func if isinstance(node, ast.Call) else None
                name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
                if name in MOVES and len(node.args) > MOVES[name]:
                    for one in node.args[MOVES[name] :][:2]:
                        parts = one.values if isinstance(one, ast.JoinedStr) else [one]
                        first = parts[0]
                        if isinstance(first, ast.Constant) and isinstance(first.value, str):
                            yield first.value.partition(":")[0].strip()


def test_every_event_of_a_timeline_has_its_words():
    known = {*lists.EVENTS, *lists.CASE_EVENTS, "task", "avow"}  # how a task ended is listed; who did it is no event
    assert sorted({name for name in list_events() if name} - known) == []


def test_every_message_that_goes_out_has_its_words():
    source = "".join(path.read_text(encoding="utf-8") for path in WEB.parent.rglob("*.py"))
    named = {lists.spell(name) for name in re.findall(r'^TEMPLATE = "([^"]+)"$', source, re.M)}
    assert named
    assert sorted(named - {*lists.list_words()["messages"]}) == []


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory):
    apps.populate([])
    with override_settings(LOCALE_PATHS=[compile_all(tmp_path_factory.mktemp("locale"))], LANGUAGE_CODE="en"):
        yield


pytestmark = pytest.mark.usefixtures("catalogues")


def test_names_of_the_model_are_spelt_as_words_and_names_of_people_stay():
    assert words.plain("under_way") == "under way"
    assert words.plain("identity: code") == "identity: code"
    assert words.plain_list(["privacy_officer", "auditor"]) == "privacy officer, auditor"
    assert words.first_plain("residual main public.people.name") == "residual main public.people.name"
    assert words.counted("loose public.people.postal_address") == "loose public.people.postal_address"
    assert words.coded("not-identified") == "not identified"
    assert words.coded("Er rief an: it-is his") == "Er rief an: it-is his"
    assert words.detail_words("my_store", "store") == "my_store"


@pytest.mark.parametrize(
    ("span", "says"),
    [("1 month and 2 months", "1 month and 2 months"), ("15 working days", "15 working days"), ("soon", "soon")],
)
def test_a_time_of_the_law_is_read_from_its_words(span, says):
    assert words.span_words(span) == says


def test_terms_are_said_by_their_labels():
    assert words.term("internal.finance", "recipient") == "finance"
    assert words.terms(["contact.email", "identity.name"], "category") == "e-mail address, name"
    assert words.rights(["auditor", "internal.finance", "requests:read"]) == "auditor, finance, requests:read"
    assert words.scope_words(["contact.email", "confirmation"]) == "e-mail address, confirmation"


def test_why_a_row_may_be_somebodys_is_taken_apart():
    assert words.match_words("email in public.people.email") == "email in public.people.email"
    assert words.match_words("found by a shown address") == "found by a shown address"


def test_a_reader_of_arabic_reads_arabic_and_what_people_chose_as_it_is():
    with override("ar"):
        said = {
            words.plain("privacy_officer"): "مسؤول الخصوصية",
            words.plain_list(["access", "erasure"]): "اطلاع، حذف",
            words.term("internal.finance", "recipient"): "المالية",
            words.plain("received-access"): "استُلم: اطلاع",
            words.verdict_words("kept"): "موفًى به",
            words.counted("public.people delete"): "public.people حذف",
            words.span_words("1 month and 2 months"): "شهر واحد وشهران",
            words.wait_words("undo 7 days"): "7 أيام للتراجع",
            words.look_words("answer index.html"): "جواب index.html",
            words.coded("Er rief an"): "Er rief an",
        }
    assert {found: wanted for found, wanted in said.items() if found != wanted} == {}


def test_a_refusal_is_said_in_the_model_s_words_or_by_its_code():
    error = AvowError(Diagnostic(Place("request"), "rights.absolute", "a no is never refused", "let it go on", "so"))
    unknown = AvowError(Diagnostic(Place("request"), "rights.new", "it is new", "wait", "so"))
    assert refusals.explain(error) == "a no is never refused: let it go on."
    with override("ar"):
        assert refusals.explain(error) == "لا يُرفض أبدًا الاعتراض على التسويق: دعه يستمر. (rights.absolute)"
        assert refusals.explain(unknown) == "it is new: wait."


def test_each_refusal_that_has_a_sentence_has_a_page():
    pages = {path.stem for path in (WEB.parents[2] / "docs" / "errors").glob("*.md")}
    assert sorted(set(refusals.SENTENCES) - pages) == []


def test_pictures_turn_round_for_readers_from_the_right():
    left, right = (charts.bars([("a", 4), ("b", 1)], turned) for turned in (False, True))
    assert [(bar.start, bar.width) for bar in left] == [(0, 100), (0, 25)]
    assert [(bar.start, bar.width) for bar in right] == [(0, 100), (75, 25)]
