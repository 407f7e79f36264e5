"""Small wrongs put into a module one at a time, to see which of them no test notices.

`python -m tests.tools.mutation whoop.records times` works on a copy and prints the survivors.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
COPIED = ("whoop_mcp", "tests", "setup.cfg", "pyproject.toml", "README.md", "CHANGELOG.md", "docs")
WINDOWS = ["sync/test_ahead.py", "sync/test_inquiry.py", "sync/test_run.py"]
EXPORTS = ["archive/test_equality.py", "archive/test_bad_input.py"]
MORE_TESTS = {
    "whoop.records": ["whoop/test_units.py", "whoop/test_resources.py"],
    "sync.run": ["sync/test_audit.py", "whole/test_faults.py"],
    "sync.descent": ["sync/test_listing.py", *WINDOWS],
    "sync.fetch": ["sync/test_pages.py", *WINDOWS],
    "sync.asking": ["whoop/test_present.py", *WINDOWS],
    "sync.tasks": ["sync/test_progress.py", *WINDOWS],
    "sync.gate": ["sync/test_abreast.py"],
    "sync.workers": ["sync/test_abreast.py", "sync/test_gate.py"],
    "archive.making": EXPORTS,
    "archive.merging": EXPORTS,
    "insights.company": ["insights/test_behaviours.py"],
    "insights.habits": ["insights/test_behaviours.py"],
    "trials.planning": ["trials/test_experiment.py"],
    "trials.registration": ["trials/test_experiment.py", "trials/test_at_once.py"],
    "login.tokens": ["login/test_single_flight.py"],
    "times": ["ground/test_intervals.py", "ground/test_spans.py"],
    "cache.dates": ["reads/test_days.py", "reads/test_diary.py"],
}
"""What else tells of a module, beside the tests that have its name."""

COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
RECKONED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
REMOVABLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Break, ast.Continue)


class Mutant(NamedTuple):
    """A module with one wrong in it."""

    line: int
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every wrong that can be put into a module, one at a time."""
    number = 0
    while True:
        tree = ast.parse(source)
        sites = list(_sites(tree))
        if number == len(sites):
            return
        node, what = sites[number]
        before = ast.unparse(node)
        after = what(node)
        yield Mutant(node.lineno, f"{_short(before)}  →  {_short(after)}", ast.unparse(tree))
        number += 1


def _short(code: str) -> str:
    return " ".join(code.split())[:70]


def _sites(tree: ast.AST) -> Iterator[tuple[Any, Any]]:
    """Each place with what to do to it; that answers the code that stands there then."""
    for node in _code(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            yield node, _other_comparison
        elif isinstance(node, ast.BoolOp):
            yield node, _other_joint
        elif isinstance(node, ast.BinOp) and type(node.op) in RECKONED:
            yield node, _other_sum
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, _said_twice
        elif isinstance(node, ast.Constant) and _is_telling(node.value):
            yield node, _other_constant
        elif isinstance(node, ast.Return) and not _is_none(node.value):
            yield node, _returned_nothing
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)) and isinstance(
            node.test, (ast.Name, ast.Attribute, ast.Call)
        ):
            yield node.test, _negation(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            for place, statement in enumerate(block if isinstance(block, list) else ()):
                if isinstance(statement, REMOVABLE) and not _is_mere_talk(statement):
                    yield statement, _removal(block, place)


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something: no annotations, imports or texts made for people."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            skipped = (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.TypeIgnore)
            if not isinstance(child, ast.AST) or isinstance(child, skipped):
                continue
            if _is_mere_talk(child) or (isinstance(child, ast.If) and _is_for_types(child)):
                continue
            yield from _code(child)


def _is_mere_talk(node: ast.AST) -> bool:
    """A docstring, a line for the log, a hint."""
    if isinstance(node, ast.keyword):
        return node.arg == "hint"
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("log.")


def _is_for_types(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_telling(value: object) -> bool:
    if isinstance(value, str):
        return bool(value) and " " not in value  # a sentence may be worded in many ways
    return isinstance(value, (bool, int, float))


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _other_comparison(node: ast.Compare) -> str:
    node.ops[0] = COMPARED[type(node.ops[0])]()
    return ast.unparse(node)


def _other_joint(node: ast.BoolOp) -> str:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return ast.unparse(node)


def _other_sum(node: ast.BinOp) -> str:
    node.op = RECKONED[type(node.op)]()
    return ast.unparse(node)


def _said_twice(node: ast.UnaryOp) -> str:
    node.operand = ast.UnaryOp(ast.Not(), node.operand)
    return ast.unparse(node)


def _other_constant(node: ast.Constant) -> str:
    if isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node.value, str):
        node.value = f"x{node.value}"
    else:
        node.value += 1
    return ast.unparse(node)


def _returned_nothing(node: ast.Return) -> str:
    node.value = ast.Constant(None)
    return ast.unparse(node)


def _negation(parent: ast.If | ast.IfExp | ast.While) -> Any:
    def negate(test: ast.expr) -> str:
        parent.test = ast.copy_location(ast.UnaryOp(ast.Not(), test), test)
        return ast.unparse(parent.test)

    return negate


def _removal(block: list[ast.stmt], place: int) -> Any:
    def remove(statement: ast.stmt) -> str:
        block[place] = ast.copy_location(ast.Pass(), statement)
        return "nothing"

    return remove


class Trial:
    """A copy of the repository, whose tests are run on one mutant after the other."""

    def __init__(self, folder: Path, module: str) -> None:
        self.folder = folder
        self.path = (folder / "whoop_mcp").joinpath(*module.split(".")).with_suffix(".py")
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, folder / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, folder / name)
        room, _, name = module.rpartition(".")
        paths = [f"{room or 'ground'}/test_{name}.py", *MORE_TESTS.get(module, [])]
        self.tests = [f"tests/{path}" for path in paths if (folder / "tests" / path).exists()]
        assert self.tests, f"no test has the name of {module}: say in MORE_TESTS which tell of it"
        began = time.monotonic()
        assert self.passes(600) or self.passes(600), f"the tests of {module} fail as it is"
        self.patience = 20 + 5 * (time.monotonic() - began)

    def survives(self, mutant: Mutant) -> bool:
        """Whether no test notices it. One with which they never end is noticed."""
        self.path.write_text(mutant.source, encoding="utf-8")
        return self.passes(self.patience)

    def passes(self, patience: float) -> bool:
        """Whether the tests pass within so many seconds."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *self.tests],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(self.folder),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": str(temporary),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(patience) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what its tests have started, too
            process.wait()
            shutil.rmtree(temporary, ignore_errors=True)


def try_out(module: str, share: float, seed: int) -> None:
    """Run the mutants of a module, or a share of them, and print who survives."""
    found = list(
        mutants(
            (ROOT / "whoop_mcp")
            .joinpath(*module.split("."))
            .with_suffix(".py")
            .read_text(encoding="utf-8")
        )
    )
    chosen = random.Random(seed).sample(found, round(len(found) * share))
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="whoop-mcp-mutation-") as folder:
        trial = Trial(Path(folder), module)
        for mutant in sorted(chosen):
            if trial.survives(mutant):
                survivors += 1
                print(f"{module}.py:{mutant.line}: {mutant.what}", flush=True)
    killed = len(chosen) - survivors
    print(f"{module}: {killed} of {len(chosen)} killed ({len(found)} in all)", flush=True)


def main() -> None:
    """Try out the modules named."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.mutation", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="such as records")
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, 0 to 1 (1)")
    parser.add_argument("--seed", type=int, default=1, help="which share (1)")
    given = parser.parse_args()
    for module in given.modules:
        try_out(module, given.share, given.seed)


if __name__ == "__main__":
    main()
