"""What is known of SQL before SQLite reads it."""

from __future__ import annotations

import itertools

import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.reads.sql import check


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  select(1) ;",
        "-- how long?\nSELECT * FROM sleeps",
        "/* /* */WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT '-- no comment', \"/*\", [--], `/*` FROM days",
        # As many steps as anybody takes, each looking back at one before.
        "WITH a AS (SELECT * FROM days), b AS (SELECT a.x, a.y, a.z FROM a JOIN a AS o USING (x)), "
        "c(x) AS (SELECT b.x FROM b), d AS MATERIALIZED (SELECT * FROM c, b) SELECT * FROM d, a",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 9",
    ],
)
def test_questions_pass(sql: str) -> None:
    """One SELECT, with or without WITH, comments and quoted names, is a question."""
    check(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- SELECT 1",
        "/* SELECT 1",
        "'SELECT 1'",
        "SELECTED",
        "EXPLAIN SELECT 1",
        "VALUES (1)",
        "VACUUM INTO 'x.db'",
        "DELETE FROM records",
        "(SELECT 1)",
        "SELECT '\0'",
        "SELECT '\udc80'",
        "SELECT " + "1, " * 2000 + "1",
    ],
)
def test_all_else_is_refused(sql: str) -> None:
    """What is no question, no text or too long is a VALIDATION_ERROR with a hint."""
    with pytest.raises(ValidationError) as caught:
        check(sql)
    assert caught.value.hint and len(caught.value.message) < 200


@pytest.mark.parametrize(
    "name",
    ["a{}", '"a {}"', "[a{}]", "`a{}`", "'a{}'", "é{}", "a{}é", "\u00a0a{}", "$a{}", "a{}/**/"],
)
@pytest.mark.parametrize(
    "body", [" AS (", "(x) AS (", " AS NOT MATERIALIZED (", "\tAS/**/MATERIALIZED("]
)
def test_names_that_double_themselves_are_refused(name: str, body: str) -> None:
    """Twenty names, each of the one before twice, would be a million copies, however spelled."""
    one = [name.format(number) for number in range(21)]
    steps = [f"{one[0]}{body} SELECT 1 x)"]
    steps += [
        f"{after}{body} SELECT 1 x FROM {before}, {before} AS z)"
        for before, after in itertools.pairwise(one)
    ]
    with pytest.raises(ValidationError, match="too often"):
        check(f"WITH {', '.join(steps)} SELECT '--' FROM {one[-1]}")


def test_a_name_of_many_views_counts_as_all_of_them() -> None:
    """What is copied is the views behind a name, which are what costs."""
    many = ", ".join(f"days AS d{number}" for number in range(30))
    with pytest.raises(ValidationError, match="too often"):
        check(
            f"WITH a AS (SELECT 1 FROM {many}), b AS (SELECT 1 FROM a, a y, a z), "
            "c AS (SELECT 1 FROM b, b y, b z) SELECT 1 FROM c, c y, c z"
        )


@pytest.mark.parametrize(
    "alias", ['"."', "[.]", "`.x`", "'.'", '"a.b"', '".""."', "[(]", '" as ("']
)
@pytest.mark.parametrize("name", ["n{}", '"n{}"', "n$.{}"])
def test_no_alias_hides_a_use(alias: str, name: str) -> None:
    """What is quoted is a name whatever is in it: no dot, parenthesis or word of SQL."""
    if "." in name:
        name = f'"{name}"'
    one = [name.format(number) for number in range(28)]
    steps = [f"{one[0]} AS (SELECT 1 AS x)"]
    steps += [
        f"{after} AS (SELECT 1 AS x FROM {before} {alias}, {before} AS {alias})"
        for before, after in itertools.pairwise(one)
    ]
    with pytest.raises(ValidationError, match="too often"):
        check(f"WITH {', '.join(steps)} SELECT 1 FROM {one[-1]}")


@pytest.mark.parametrize("column", ['"("', '")"', "[a,b]", "'as'", '"as ("'])
def test_no_column_hides_what_is_made(column: str) -> None:
    """The name before a list of columns is found whatever the columns are called."""
    steps = [f"a0({column}) AS (SELECT 1)"]
    steps += [f"a{n}({column}) AS (SELECT 1 FROM a{n - 1}, a{n - 1} z)" for n in range(1, 28)]
    with pytest.raises(ValidationError, match="too often"):
        check(f"WITH {', '.join(steps)} SELECT 1 FROM a27")


def test_the_table_of_a_column_is_no_copy() -> None:
    """A name may stand before as many columns as one likes, quoted or not."""
    columns = ", ".join(f'a.x, "a".y, a . "z", [b].c{number}' for number in range(40))
    check(f"WITH a AS (SELECT * FROM days), b AS (SELECT * FROM a) SELECT {columns} "
                    "FROM a JOIN b")  # fmt: skip
