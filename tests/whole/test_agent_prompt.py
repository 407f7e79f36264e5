"""The prompt that has an agent install the program, word by word."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from whoop_mcp.cli.table import COMMANDS

from ..support import logins, venvs
from ..support.commands import environ

DOCUMENT = (venvs.ROOT / "docs" / "AGENT_INSTALL_PROMPT.md").read_text(encoding="utf-8")
[PROMPT] = re.findall(r"^```text\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
STEPS = re.findall(r"(?:[Rr]un) `([^`]+)`", PROMPT)


def test_its_commands_exist() -> None:
    """Every command of ours in the prompt is one, with the options it is given."""
    ours = [shlex.split(step)[1:] for step in STEPS if "whoop-mcp " in step and "bin/" in step]
    assert [words[0] for words in ours if words[0] in COMMANDS] == [
        *["demo", "login", "status", "sync"],
        *["install", "install"],
    ]
    for words in ours:
        names = {one.name for one in COMMANDS.get(words[0], COMMANDS["demo"]).arguments}
        assert {word for word in words[1:] if word.startswith("-")} <= names | {"-m", "--quiet"}


def test_it_keeps_the_secret_out_of_the_chat() -> None:
    """The login is the person's own step, and the prompt forbids to ask for the secret."""
    assert "Do not run it for me" in PROMPT
    assert "never ask me for the client secret" in PROMPT
    assert "CLIENT_SECRET" not in PROMPT


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a shell's ~ and bin/")
def test_it_works_word_by_word(tmp_path: Path) -> None:
    """Each command, typed into a shell in the order of the prompt, works; at its end a client on
    this computer has the server, which starts there and is logged in."""
    repository = venvs.clone(tmp_path / "repository")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(repository)]
    for words in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*git, *words], check=True)
    (tmp_path / "person" / ".cursor").mkdir(parents=True)
    with logins.whoop() as whoop:
        redirect_uri = f"http://localhost:{logins.free_port()}/callback"
        whoop.oauth.redirect_uris = (redirect_uri,)
        env = environ(
            tmp_path / "person",
            WHOOP_BASE_URL=whoop.url,
            WHOOP_REDIRECT_URI=redirect_uri,
            PIP_DISABLE_PIP_VERSION_CHECK="1",
        )
        del env["PYTHONPATH"], env["PYTHONWARNINGS"]
        # Its own environment is what counts, not the one of the tests.
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
        said = {}
        for step in STEPS:
            line = step.replace("ADDRESS", repository.as_uri())
            if step.endswith(" login"):
                said[step] = log_in(line, env, whoop.oauth.client_id, whoop.oauth.client_secret)
                continue
            done = subprocess.run(
                ["bash", "-c", line],
                env=env,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            said[step] = done.stdout
    servers = json.loads((tmp_path / "person" / ".cursor" / "mcp.json").read_text())["mcpServers"]
    assert servers["whoop"]["command"] == str(tmp_path / "person" / "whoop" / "bin" / "python")
    written = next(out for step, out in said.items() if step.endswith("--write"))
    assert "cursor: added" in written
    assert "logged in" in " ".join(written.split())
    assert whoop.oauth.client_secret not in "".join(said.values())


def log_in(line: str, env: dict[str, str], client_id: str, secret: str) -> str:
    """What a person does in a terminal of their own, and then in a browser."""
    env = {**env, "WHOOP_CLIENT_ID": client_id, "WHOOP_CLIENT_SECRET": secret}
    with subprocess.Popen(
        ["bash", "-c", f"{line} --no-browser"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = ""
        assert process.stdout
        for one in process.stdout:
            told += one
            if one.startswith("Waiting"):
                logins.browser(next(word for word in told.split() if "/oauth/oauth2/auth?" in word))
        assert process.wait() == 0
    return told
