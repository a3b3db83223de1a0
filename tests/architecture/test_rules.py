"""Each rule finds what it forbids, lets its lawful neighbour pass, and is kept by the whole product."""

from __future__ import annotations

import re

import pytest

from engine.kernel.environment import VARIABLES
from tests.architecture.rules import RULES, THE_COMMIT, THE_ENVIRONMENT, WALL_CLOCK, Module, product

ANYWHERE = "engine/directives/register.py"
BROKEN = [  # rule, path, source
    ("spiffworkflow_is_imported_only_in_engine_bpmn", ANYWHERE, "from SpiffWorkflow.bpmn.workflow import BpmnWorkflow"),
    ("spiffworkflow_is_imported_only_in_engine_bpmn", "web/app.py", "def f():\n    import SpiffWorkflow.task"),
    ("spiffworkflow_is_imported_only_in_engine_bpmn", ANYWHERE, "importlib.import_module('SpiffWorkflow')"),
    ("the_engine_does_not_import_flask", ANYWHERE, "from flask import g"),
    ("the_engine_does_not_import_flask", "engine/cli.py", "import flask.cli"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "from datetime import datetime\nx = datetime.now(UTC)"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "import datetime\nx = datetime.datetime.utcnow()"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "from datetime import date\nx = date.today()"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "x = field(default_factory=datetime.now)"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "import time\nx = time.monotonic()"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "import time as t\nx = t.perf_counter()"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "from time import time"),
    ("only_a_unit_of_work_commits", ANYWHERE, "def f(connection):\n    connection.commit()"),
    ("only_a_unit_of_work_commits", ANYWHERE, "def f(unit):\n    unit.commit()"),
    ("only_a_unit_of_work_commits", ANYWHERE, "def f(unit: UnitOfWork):\n    def g(unit):\n        unit.commit()"),
    ("only_a_unit_of_work_commits", ANYWHERE, "save = connection.commit"),
    ("only_a_unit_of_work_commits", THE_COMMIT, "def f(a):\n    a.commit()\n    a.commit()"),
    ("transactions_that_write_begin_in_a_unit_of_work", ANYWHERE, "with database.writing() as connection:\n    pass"),
    ("only_the_environment_module_reads_the_environment", ANYWHERE, "import os\nx = os.environ['A']"),
    ("only_the_environment_module_reads_the_environment", "web/app.py", "import os\nx = os.getenv('A')"),
    ("only_the_environment_module_reads_the_environment", ANYWHERE, "from os import environ"),
    ("only_the_environment_module_reads_the_environment", ANYWHERE, "click.option('--a', envvar='A')"),
    ("a_setting_that_is_read_or_named_is_documented", ANYWHERE, "value('CHIDAO_UNHEARD_OF')"),
    ("a_setting_that_is_read_or_named_is_documented", ANYWHERE, "help = 'else CHIDAO_UNHEARD_OF'"),
    ("nothing_is_evaluated_as_python", "engine/bpmn/language/expressions.py", "eval('1')"),
    ("nothing_is_evaluated_as_python", ANYWHERE, "exec(code)"),
    ("nothing_is_evaluated_as_python", ANYWHERE, "builtins.eval(code)"),
    ("nothing_is_unpickled", "engine/bpmn/serialise.py", "import pickle"),
    ("secrets_are_not_printed_or_logged", ANYWHERE, "log.info('signed in', extra={'p': user.password})"),
    ("secrets_are_not_printed_or_logged", "engine/cli.py", "click.echo(f'key {client_secret}')"),
    ("no_branch_on_a_directive_type", ANYWHERE, "if directive_type == 'monthly': pass"),
    ("no_branch_on_a_directive_type", ANYWHERE, "if row['shape'] in ('a', 'b'): pass"),
    ("no_branch_on_a_directive_type", "web/directives.py", "if process == 'coordination_monthly': pass"),
    ("no_branch_on_a_directive_type", "engine/demo/play.py", "match process:\n    case 'milestone_chain': pass"),
    ("no_directive_type_is_named_in_the_engine", ANYWHERE, "HANDLERS = {'urge_relay': relay}"),
    ("names_say_something", "engine/kernel/utils.py", ""),
    ("names_say_something", "engine/helpers/dates.py", ""),
    ("names_say_something", ANYWHERE, "class TaskManager: pass"),
    ("names_say_something", ANYWHERE, "def report_processor(): pass"),
    ("every_module_says_what_lives_in_it", ANYWHERE, "x = 1"),
    ("type_checks_are_silenced_only_beside_the_library", ANYWHERE, "x: int = 'a'  # type: ignore[assignment]"),
]
LAWFUL = [
    ("spiffworkflow_is_imported_only_in_engine_bpmn", "engine/bpmn/step.py", "from SpiffWorkflow import Workflow"),
    ("the_engine_does_not_import_flask", "web/app.py", "import flask"),
    ("only_the_clock_reads_the_wall_clock", WALL_CLOCK, "x = datetime.now(UTC)"),
    ("only_the_clock_reads_the_wall_clock", ANYWHERE, "import time\nx = clock.now()\nbook.today()\ntime.sleep(1)"),
    ("only_a_unit_of_work_commits", THE_COMMIT, "def f(self):\n    self.connection.commit()"),
    ("only_a_unit_of_work_commits", ANYWHERE, "def f(database):\n    with UnitOfWork(database) as unit:\n        unit.commit()"),
    ("only_a_unit_of_work_commits", ANYWHERE, "def f(unit: UnitOfWork):\n    unit.commit()"),
    ("only_the_environment_module_reads_the_environment", THE_ENVIRONMENT, "import os\nx = os.environ['A']"),
    ("a_setting_that_is_read_or_named_is_documented", ANYWHERE, "value('CHIDAO_DATABASE')\nopen('CHIDAO_DATABASE_FILE')"),
    ("nothing_is_evaluated_as_python", ANYWHERE, "pattern = re.compile('x')\nevaluate('1')"),
    ("secrets_are_not_printed_or_logged", "engine/cli.py", "click.echo(database.address)"),
    ("no_branch_on_a_directive_type", ANYWHERE, "if row['shape'] == other['shape']: pass"),
    ("names_say_something", ANYWHERE, "class Process: pass\ndef processed(): pass"),
    ("type_checks_are_silenced_only_beside_the_library", "engine/bpmn/step.py", "x = 1  # type: ignore[x]"),
]


@pytest.mark.parametrize(("name", "path", "source"), BROKEN)
def test_a_planted_violation_is_found(name: str, path: str, source: str) -> None:
    assert list(RULES[name](Module(path=path, source=source)))


@pytest.mark.parametrize(("name", "path", "source"), LAWFUL)
def test_a_lawful_neighbour_passes(name: str, path: str, source: str) -> None:
    assert list(RULES[name](Module(path=path, source=source))) == []


@pytest.mark.parametrize("name", RULES)
def test_the_product_keeps_the_rule(name: str) -> None:
    assert [f"{module.path}:{line}: {what}" for module in product() for line, what in RULES[name](module)] == []


def test_every_rule_is_tried() -> None:
    assert {name for name, _, _ in BROKEN} == set(RULES)


def test_the_product_commits_in_exactly_one_place() -> None:
    (module,) = (module for module in product() if module.path == THE_COMMIT)
    assert module.source.count("self.connection.commit()") == 1


def test_every_documented_setting_is_read_somewhere() -> None:
    sources = [module.source for module in product()]  # the table says name="…", whoever reads names it otherwise
    assert [name for name in VARIABLES if not any(re.search(f'(?<!name=)"{name}"', source) for source in sources)] == []
