"""A migration only adds (decision 0023): processes of the version before are at work while it runs."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage import database
from engine.storage.migrations.freeze import INITIAL
from engine.storage.migrations.next import write_next

TAKING = {"drop_column", "drop_table", "drop_index", "rename_table", "create_check_constraint", "create_unique_constraint", "create_foreign_key"}
CONTRACT = "Contract:"  # in its docstring: takes away what the version before no longer uses


def taken_away(source: str) -> Iterator[str]:
    """Yield what a migration does that the version before would feel."""
    tree = ast.parse(source)
    if CONTRACT in (ast.get_docstring(tree) or ""):
        return
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if node.func.attr in TAKING or (node.func.attr == "alter_column" and named.keys() - {"server_default", "existing_type", "existing_nullable"}):
            yield ast.unparse(node)
        if node.func.attr == "add_column" and "nullable=False" in ast.unparse(node) and "server_default" not in ast.unparse(node):
            yield ast.unparse(node)
        if node.func.attr == "create_index" and "unique=True" in ast.unparse(node):
            yield ast.unparse(node)


def migrations() -> list[Path]:
    return [path for path in sorted(INITIAL.parent.glob("*.py")) if path not in {INITIAL, INITIAL.parent / "__init__.py"}]


def test_every_migration_after_the_first_only_adds() -> None:
    assert {path.name: list(taken_away(path.read_text(encoding="utf-8"))) for path in migrations()} == {path.name: [] for path in migrations()}


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('person', 'name')",
        "op.drop_table('person')",
        "op.rename_table('person', 'people')",
        "op.alter_column('person', 'name', new_column_name='full_name')",
        "op.alter_column('person', 'name', nullable=False)",
        "op.add_column('person', sa.Column('remark', sa.Text(), nullable=False))",
        "op.create_index('x', 'person', ['name'], unique=True)",
        "batch_op.drop_column('name')",
    ],
)
def test_what_takes_away_is_found(line: str) -> None:
    assert list(taken_away(line)) != []
    assert list(taken_away(f'"""{CONTRACT} 0.2 no longer reads it."""\n{line}')) == []


@pytest.mark.parametrize(
    "line",
    [
        "op.add_column('person', sa.Column('remark', sa.Text(), nullable=True))",
        "op.add_column('person', sa.Column('weight', sa.Integer(), server_default='1', nullable=False))",
        "op.create_table('remark', sa.Column('id', sa.Text(), nullable=False))",
        "op.create_index('x', 'person', ['name'])",
        "op.alter_column('person', 'name', server_default='-')",
    ],
)
def test_what_adds_is_allowed(line: str) -> None:
    assert list(taken_away(line)) == []


def test_the_next_migration_is_written_from_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(database.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    first = tmp_path / "migrations" / "versions" / INITIAL.name
    source = first.read_text(encoding="utf-8")
    (forgotten,) = (line for line in source.splitlines() if "'disabled_at'" in line)
    first.write_text(source.replace(forgotten + "\n", ""), encoding="utf-8")
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path / "migrations")
    written = write_next("accounts may be closed")
    text = written.read_text(encoding="utf-8")
    assert written.name == "0002_accounts_may_be_closed.py"
    assert "op.add_column('account', sa.Column('disabled_at'" in text
    assert "down_revision = '0001'" in text.replace('"', "'")
    assert list(taken_away(text)) == []
