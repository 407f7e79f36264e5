"""The documents, held against the code. `python -m tests.test_docs` writes what can be written."""

from __future__ import annotations

import configparser
import dataclasses
import inspect
import io
import json
import os
import re
import textwrap
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import __version__, errors, logs
from whoop_mcp.app import App
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cli.main import main
from whoop_mcp.errors import WhoopError
from whoop_mcp.login import flow
from whoop_mcp.login.attempt import SCOPES
from whoop_mcp.reads import exports
from whoop_mcp.server import prompts, tools, uris
from whoop_mcp.server.descriptions import DESCRIPTIONS, INSTRUCTIONS
from whoop_mcp.settings import Settings
from whoop_mcp.sync import run
from whoop_mcp.whoop.resources import COLLECTIONS, RESOURCES, Resource

from .support.logins import browser, free_port, whoop
from .test_house import MAY_USE, ONLY, modules, name_of, room_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOOLS, DATA, OPERATIONS = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("TOOLS", "DATA", "OPERATIONS")
)
PRIVACY = (ROOT / "PRIVACY.md").read_text(encoding="utf-8")
ARCHITECTURE = ROOT / "docs" / "ARCHITECTURE.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OUTSIDE = {"NO_PROXY", "no_proxy"}
"""Variables that `requests` reads, and this program does not."""


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading or a `<!-- mark -->`."""
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"there is no {heading}"
    table = re.search(r"^\|.*\|\n\|[-|]+\|\n((?:\|.*\|\n)+)", rest, re.MULTILINE)
    assert table
    lines = table[1].strip().split("\n")
    return [[cell.strip() for cell in re.split(r"(?<=\s)\|", line[1:-1])] for line in lines]


def code(cell: str) -> list[str]:
    """The words in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def fences(text: str) -> list[tuple[str, str]]:
    """(language, content) of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


# ── what a newcomer types ──


def test_the_first_two_commands_are_one_line_each() -> None:
    """The README's first fenced blocks are one command each, with a virtual environment of its own:
    the demo, then the tests."""
    demo, suite = (content for _, content in fences(README)[:2])
    for block, venv in ((demo, ".venv"), (suite, ".venv-test")):
        assert block.count("\n") == 1
        assert block.startswith(f"python3 -m venv {venv} && {venv}/bin/pip install --quiet ")
    assert demo.endswith(" && .venv/bin/whoop-mcp demo\n")
    assert suite.endswith(" && .venv-test/bin/python -m pytest -q -n auto --dist worksteal\n")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {".venv/", ".venv-*/"} <= set(ignored)


def test_registrations_start_the_server_and_hold_no_secret() -> None:
    """Every JSON for a client is JSON, with an absolute command, our module and no environment."""
    blocks = [json.loads(content) for language, content in fences(README) if language == "json"]
    entries = [entry for block in blocks for part in block.values() for entry in part.values()]
    assert len(entries) == 1
    for entry in entries:
        assert entry["command"].startswith("/")
        assert entry["args"] == ["-m", "whoop_mcp"]
        assert set(entry) <= {"command", "args", "type"}


def help_of(*words: str) -> str:
    """What a command's --help prints."""
    printed = io.StringIO()
    with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    return printed.getvalue()


COMMANDS = [command for cell, *_ in rows(OPERATIONS, "<!-- commands -->") for command in code(cell)]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_there(command: str) -> None:
    """Every command in OPERATIONS.md has a help that names each option named there."""
    words = command.split()[1:]
    path = [] if not words or not words[0].isalpha() else words[:1]
    said = help_of(*path)
    for option in re.findall(r"--[a-z-]+", command):
        assert re.search(rf"{option}\b(?!-)", said), f"{option} is not in the help of {path}"


def test_every_command_is_told() -> None:
    """OPERATIONS.md's table names every command that there is, in the order of the help."""
    told = dict.fromkeys(command.split()[1] for command in COMMANDS if command != "whoop-mcp")
    there = re.findall(r"^    ([a-z]+)\b", help_of(), re.MULTILINE)
    assert list(told) == there


def test_scopes_are_told() -> None:
    """README and PRIVACY name the scopes that the login asks for, all of them."""
    for scope in SCOPES:
        assert f"`{scope}`" in README
        assert f"`{scope}`" in PRIVACY


# ── tables ──


def test_tools() -> None:
    """TOOLS.md lists every tool in order, with all its parameters, the required ones in bold."""
    found = {code(name)[0]: parameters for name, _, parameters in rows(TOOLS, "<!-- tools -->")}
    assert list(found) == [tool.name for tool in tools.TOOLS]
    for tool in tools.TOOLS:
        spelled = [
            f"**`{one.name}`**" if one.required else f"`{one.name}`" for one in tool.parameters
        ]
        assert found[tool.name] == (", ".join(spelled) or "–"), tool.name
    assert TOOLS.count("\nTwenty-five tools. ") == (len(tools.TOOLS) == 25)


def test_uris() -> None:
    """TOOLS.md lists every URI in order."""
    assert [code(cell)[0] for cell, _ in rows(TOOLS, "<!-- uris -->")] == [
        one.uri for one in uris.URIS
    ]


def test_prompts() -> None:
    """TOOLS.md lists every prompt in order, with its arguments."""
    assert [(code(one)[0], code(given)) for one, _, given in rows(TOOLS, "<!-- prompts -->")] == [
        (one.name, [parameter.name for parameter in one.parameters]) for one in prompts.PROMPTS
    ]


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_fields(resource: Resource) -> None:
    """DATA.md lists every field of a flat record in its order, and the parts of nested ones."""
    heading = "### " + resource.one.replace(" ", "_")
    table = rows(DATA, heading)
    assert [name for cell, _ in table for name in code(cell)] == [
        field.name for field in dataclasses.fields(resource.record)
    ]
    about = {name: words for cell, words in table for name in code(cell)}
    for field, parts in getattr(resource.record, "parts", {}).items():
        assert code(about[field]) == list(parts)


def test_the_columns_of_days(tmp_path: Path) -> None:
    """DATA.md's table of the days view names its columns in their order; what it sums up as "from
    … on" or "…" stands for what lies between."""
    with Cache(tmp_path / "whoop.db").database.reading() as connection:
        days = [one[0] for one in connection.execute("SELECT * FROM days LIMIT 0").description]
    told = [name for row in rows(DATA, "### Views") for name in code(row[0])]
    assert [name for name in days if name in told] == told
    untold = {name for name in days if name not in told}
    sleep = days[days.index("sleep_performance_pct") : days.index("other_cycle_count")]
    assert untold <= {*sleep, *(name for name in days if name.startswith("workout_zone_"))}


def test_errors() -> None:
    """TOOLS.md lists every error code, in the order of `errors.py`."""
    codes = [
        one.code
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, WhoopError) and one is not WhoopError
    ]
    told = [code(cell)[0] for cell, *_ in rows(TOOLS, "<!-- errors -->")]
    assert sorted(told) == sorted(codes)
    source = inspect.getsource(errors).partition("class AuthFailed")[2] + 'code = "INTERNAL_ERROR"'
    assert told == re.findall(r'code = "([A-Z_]+)"', source)


class Listening(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return default

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return False


def test_settings() -> None:
    """OPERATIONS.md lists exactly the variables that are read, with their defaults."""
    environ = Listening()
    settings = Settings.read(environ)
    table = rows(OPERATIONS, "<!-- settings -->")
    assert {name for cell, *_ in table for name in code(cell)} == environ.asked | OUTSIDE
    home = str(Path.home())
    for cell, default, _ in table:
        name = code(cell)[0]
        if name.startswith("WHOOP_"):
            value = getattr(settings, name.removeprefix("WHOOP_").lower())
            text = f"{value:g}" if isinstance(value, float) else str(value).replace(home, "~")
            spelled = "–" if value is None else f"`{text.lower() if value is True else text}`"
            assert spelled == default, name


# ── privacy ──


def test_privacy_tells_of_every_file_and_every_request(tmp_path: Path) -> None:
    """What a login, a sync, an export and a logout write and send is all in PRIVACY.md,
    the files with their modes."""
    home = tmp_path / "whoop"
    uri = f"http://localhost:{free_port()}/callback"
    written: dict[str, int] = {}
    sent: set[str] = set()
    requests: set[str] = set()

    def look(request: Any) -> None:
        requests.add(f"{request.method} {request.path}")
        # What a browser adds of its own is not this program's.
        headers = () if request.path.endswith("/auth") else request.headers.keys()
        sent.update(request.query, request.form, headers)
        for path in (home, *home.rglob("*")):
            with suppress(FileNotFoundError):  # another thread is done with it
                written[str(path.relative_to(tmp_path))] = path.stat().st_mode & 0o777

    with whoop(redirect_uris=(uri,), before=look) as simulator:
        settings = Settings.read(
            {
                "WHOOP_HOME": str(home),
                "WHOOP_BASE_URL": simulator.url,
                "WHOOP_REDIRECT_URI": uri,
                "WHOOP_CLIENT_ID": simulator.oauth.client_id,
                "WHOOP_CLIENT_SECRET": simulator.oauth.client_secret,
            }
        )
        home.mkdir(0o700)
        logs.set_up(settings, console=False)
        try:
            with Path(os.devnull).open() as nobody, (tmp_path / "said").open("w") as out:
                flow.login(settings, open_browser=browser, stdin=nobody, out=out)
            app = App(settings)
            run.sync(app.mirror)
            simulator.expire_access_tokens()
            run.sync(app.mirror)
            exports.export(app.cache, "all", "csv", str(tmp_path / "out"), home=home)
            with app.cache.database.reading():  # SQLite's own files are there as long as it is open
                held = {path.name for path in home.iterdir()}
            app.login.logout()
        finally:
            logs.close()
    told = {
        name: mode for cell, mode, _ in rows(PRIVACY, "## What it writes") for name in code(cell)
    }
    for name, mode in written.items():
        path = re.sub(r"[0-9a-f]{12}\.tmp$", "….tmp", name.replace("whoop", "<home>", 1))
        if path.endswith(".tmp"):
            assert f"`{path}`" in PRIVACY
            continue
        spelled = path if path in told else f"{path}/"
        assert told[spelled] == f"{mode:04o}", path
    assert held <= {path.removeprefix("<home>/").rstrip("/") for path in told}
    for request in requests:
        assert request.split()[1] in PRIVACY, request
        assert request.split()[0] in PRIVACY, request
    for name in sent:
        assert f"`{name}`" in PRIVACY, name
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()}
    assert modes == {0o600}


def test_privacy_tells_of_every_path_of_the_api() -> None:
    """Each path that a resource is read from is in PRIVACY.md."""
    for resource in RESOURCES.values():
        for path in {resource.path, resource.item}:
            assert f"/developer{path}" in PRIVACY
    assert len(COLLECTIONS) == 4


# ── versions, links, words ──


def test_versions_agree() -> None:
    """The package takes its version from the code, and the changelog's first one is that."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    assert config["metadata"]["version"] == "attr: whoop_mcp.__version__"
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - (?:Unreleased|\d{4}-\d\d-\d\d)$", changelog, re.M
    )
    assert versions[0] == __version__


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of the repository, or to a heading, finds it."""
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        where = (path.parent / file).resolve() if file else path
        assert where.is_file(), target
        assert ROOT in where.parents, target
        assert not anchor or anchor in anchors(where), target


def test_nobody_is_sent_to_another_publishers_package() -> None:
    """No document, hint or description says to install the index's package of our name."""
    sentence = re.compile(r"(pip|pipx|uv|uvx)( \w+)* (install|run|add)?\s*['\"]?whoop-mcp\b")
    for path in [*DOCUMENTS, *ROOT.glob("whoop_mcp/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not sentence.search(text), path
    assert not sentence.search(INSTRUCTIONS + " ".join(DESCRIPTIONS.values()))


def test_documents_stand_on_their_own() -> None:
    """A document points at no file outside the repository and at no ticket."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"#\d+\b", text), path
        paths = re.findall(r"(?<![\w>/.:~])/(\w[\w.-]*)/", text)
        assert set(paths) <= {"path", "oauth", "developer"}, path


# ── the plan of the house ──


def plan() -> str:
    """The packages with their modules, as ARCHITECTURE.md shows them."""
    rooms: dict[str, list[str]] = {}
    for path in modules():
        name = name_of(path)
        rooms.setdefault(room_of(name), []).append(name.rpartition(".")[2])
    width = max(map(len, MAY_USE))
    lines = []
    for room in MAY_USE:
        words = "  ".join(sorted(rooms[room]))
        lines += textwrap.wrap(
            words,
            110,
            initial_indent=f"{room:{width}}  ",
            subsequent_indent=" " * (width + 2),
            break_long_words=False,
        )
    return "<!-- plan -->\n```\n" + "\n".join(lines) + "\n```\n<!-- end -->"


BETWEEN = re.compile(r"<!-- plan -->\n.*<!-- end -->", re.DOTALL)


def test_plan() -> None:
    """ARCHITECTURE.md shows the packages and modules that are there."""
    found = BETWEEN.search(ARCHITECTURE.read_text(encoding="utf-8"))
    assert found
    assert found[0] == plan(), "run python -m tests.test_docs"


def test_architecture_names_real_modules() -> None:
    """Every module and package that ARCHITECTURE.md names is there."""
    text = re.sub(r"^```.*?^```$", "", ARCHITECTURE.read_text(encoding="utf-8"), flags=re.M | re.S)
    there = {part for path in modules() for part in (name_of(path), *name_of(path).split("."))}
    named = {name for name in code(text) if name.replace(".", "").isidentifier() and name.islower()}
    assert named <= {*there, *ONLY}


if __name__ == "__main__":
    text = ARCHITECTURE.read_text(encoding="utf-8")
    ARCHITECTURE.write_text(BETWEEN.sub(lambda _: plan(), text), encoding="utf-8")
