"""The dashboard's style and script, which are files of their own beside the code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from whoop_mcp.report import mcp_app, style

PACKAGE = Path(style.__file__).parents[1]
FILES = ("style.css", "print.css", "mcp_app.css", *mcp_app.FILES)

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from stranger.data_of_whoop.report import mcp_app, style
sys.stdout.write(style.sheet(themed=True) + mcp_app.script("1"))
"""


def copied(folder: Path) -> Path:
    """The package, copied into somebody else's under another name."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "stranger" / "data_of_whoop", ignore=ignored)
    (folder / "stranger" / "__init__.py").touch()
    return folder


def zipped(folder: Path) -> Path:
    """The same in a zip file, from which Python imports too."""
    path = folder / "stranger.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in copied(folder / "files").rglob("*"):
            archive.write(file, file.relative_to(folder / "files"))
    return path


@pytest.mark.parametrize("place", [copied, zipped])
def test_style_and_script_come_along(tmp_path: Path, place: object) -> None:
    """A copied package, and one in a zip file, makes the same style and script."""
    assert callable(place)
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(place(tmp_path))],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stdout == style.sheet(themed=True) + mcp_app.script("1")


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_used_whole(name: str) -> None:
    """What a designer writes into the file is on the page, but for what the script is given."""
    text = (PACKAGE / "report" / name).read_text(encoding="utf-8")
    if name.endswith(".js"):
        made = mcp_app.script("1")
        assert all(part in made for part in text.split("HELLO"))
    else:
        assert text in style.sheet(themed=True)
