"""Sentences in scripts come out of the same catalogue as all others: none is left, and each can be translated."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel import Locale
from babel.messages import pofile
from flask import Flask

from widget import i18n
from widget.settings import ROOT
from widget.web import script_sentences
from widget.web.views import static

OTHERS = {"names.js"}
"""Scripts that hold the names of emoji, which are data."""
SCRIPTS = [it for it in sorted((ROOT / "static/js").rglob("*.js")) if it.name not in OTHERS]
by_name = pytest.mark.parametrize("path", SCRIPTS, ids=lambda it: it.name)

LITERAL = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
COMMENT = r"/\*.*?\*/|^\s*//.*?$|(?<=[;{},()\]]) +// .*?$"
SENTENCE = re.compile(r"[A-Z“][\w’“]*,? (0,? )?[a-z]|[a-z]…|[a-z][.!?]\s*$|>\s*[A-Z][a-z]+")
"""What looks like words for people: a capital and another word, dots, an end; a text between tags."""
NAMING = re.compile(rf"(?:ariaLabel|title|textContent|placeholder|alt|[bB]utton\(\"[\w-]+\"), ?:? ?({LITERAL})|"
                    rf"(?:ariaLabel|title|textContent|placeholder|alt): ({LITERAL})")  # fmt: skip
"""What is given to something that shows it."""


class Polish(NullTranslations):
    """A language of three plural forms, in which every sentence is between angle quotes."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
        return "«one»" if n == 1 else "«few»" if few else "«many»"


POLISH = i18n.Language(Locale("pl"), Polish())


def code(script: str) -> str:
    """A script without its comments."""
    return re.sub(f"({LITERAL})|{COMMENT}", lambda it: it[1] or "", script, flags=re.DOTALL | re.MULTILINE)


def literals(script: str) -> list[str]:
    """The strings of a script that do not come out of the catalogue, with 0 for what is put into them."""
    left = script_sentences.CALL.sub("_(", re.sub(r"new DOMException\([^)]*\)", "", code(script)))
    return [re.sub(r"\$\{.*?\}", "0", it[1:-1], flags=re.DOTALL) for it in re.findall(LITERAL, left)]


@by_name
def test_no_sentence_is_left_in_a_script(path: Path) -> None:
    script = path.read_text()
    assert [it for it in literals(script) if SENTENCE.search(it)] == []
    shown = ["".join(it)[1:-1] for it in NAMING.findall(code(script))]
    assert [it for it in shown if re.search(r"[A-Za-z]{2}", re.sub(r"\$\{.*?\}", "", it))] == []


def test_what_is_left_in_a_script_is_found() -> None:
    for left in ('f("Not sent: no connection")', "`Hello ${name}, how are you`", 'x = "Calling…"', "'<b>Mute</b>'"):
        assert any(map(SENTENCE.search, literals(left))), left
    assert NAMING.search('iconButton("close", "Close", f)')
    assert NAMING.search('make("a", { ariaLabel: "Download" })')


@by_name
def test_every_sentence_of_a_script_is_sent_in_the_readers_language_with_its_values(path: Path) -> None:
    script = code(path.read_text())
    calls = list(script_sentences.CALL.finditer(script))
    used = re.findall(r"(?<![\w.$])(?:_|ngettext)\((?=\s*[\"'`])", script)
    assert len(calls) == len(used), "a sentence is one string, not put together"
    for call in calls:
        names = re.findall(r"%\((\w+)\)s", call["sentence"] or "")
        values = script[call.end() : call.end() + 300].partition("})")[0]
        assert [it for it in names if not re.search(rf"\b{it}\b", values)] == []
    translated = script_sentences.translate(script, POLISH)
    found = list(script_sentences.CALL.finditer(translated))
    assert all((it["sentence"] or "«")[0] == "«" or it["sentence"][1] == "«" for it in found)


def test_a_script_has_the_plural_forms_of_the_readers_language() -> None:
    source = 'x(ngettext("%(num)s file", "%(num)s files", count), _(\'Say "hi"\'));'
    sent = script_sentences.translate(source, POLISH)
    sent_as = re.fullmatch(r'x\(ngettext\((\{.*\}), "", count\), (.*)\);', sent)
    assert sent_as
    forms, sentence = sent_as.groups()
    assert json.loads(forms) == {"one": "«one»", "few": "«few»", "many": "«many»"}
    assert sentence == '_("«Say \\"hi\\"»")'


@pytest.fixture
def app() -> Flask:
    """An app that serves static files, in English and in Polish."""
    app = Flask(__name__, static_folder=None)
    i18n.register(app)
    app.extensions[i18n.NAME] = {"en": i18n.SOURCE, "pl": POLISH}
    app.register_blueprint(static.bp)
    return app


def test_a_page_leads_to_scripts_in_its_own_language_and_these_to_others_in_the_same(app: Flask) -> None:
    def asset(locale: str) -> str:
        with app.test_request_context(f"/popup?locale={locale}"):
            return static.asset("js/core/lazy.js")

    client = app.test_client()
    english, polish = client.get(asset("en")), client.get(asset("pl"))
    assert "This could not be loaded" in english.text
    assert "«" not in english.text
    assert '_("«This could not be loaded. Please try again.»")' in polish.text
    for answer in (english, polish):
        assert "immutable" in answer.headers["Cache-Control"]
    assert '"../composer/composer.js"' in polish.text  # a relative path, which keeps the language
    unknown = client.get(f"/static/{static.VERSION}-xx/js/core/lazy.js")
    assert (unknown.headers["Cache-Control"], unknown.data) == ("no-cache", english.data)


def test_one_run_collects_the_sentences_of_python_templates_and_scripts(tmp_path: Path) -> None:
    catalogue = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml"]
    keywords = [option for it in ("_", "ngettext:1,2", "lazy", "mark") for option in ("-k", it)]
    subprocess.run([*command, *keywords, "-o", str(catalogue), "."], cwd=ROOT, check=True)
    with catalogue.open("rb") as file:
        found = {it.id for it in pofile.read_po(file)}
    assert {"Not sent: there is no connection.", "Write a message…", "Missed voice call"} <= found
    assert ("%(num)s new", "%(num)s new") in found
