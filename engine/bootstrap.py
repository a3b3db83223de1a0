"""Puts it together: registers commands, queries and operations, and opens the door over a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from engine.access.accounts import (
    DisableAccount,
    OpenAccount,
    ResetPassword,
    decide_disable_account,
    decide_open_account,
    decide_reset_password,
)
from engine.access.authorise import load_matrix
from engine.access.first_state import record_what_stands
from engine.access.separation import ListExceptions, answer_exceptions, load_separation
from engine.audit.backups import RecordBackup, decide_record_backup
from engine.audit.checkpoints import RecordCheckpoint, decide_record_checkpoint
from engine.audit.clock_steps import RecordClockStep, decide_record_clock_step
from engine.composition import (
    access,
    administration,
    as_it_was,
    beginning,
    case,
    desk,
    directives,
    dossiers,
    drawing,
    exchange,
    files,
    finding,
    overview,
    printing,
    reports,
    retention,
    reviewing,
    running,
    seal,
    taking_out,
    task,
    tasks,
    trying,
    versions,
    workbench,
)
from engine.composition.scopes import of_task, of_unit
from engine.definitions.command import DeployDefinitions, decide_approved_deployment, decide_deploy
from engine.definitions.compare import CompareVersions, answer_compare
from engine.definitions.design_deployment import decide_proposal_of_design
from engine.definitions.functions import FUNCTIONS
from engine.definitions.proposals import DecideProposal, ListProposals, ShowProposal, answer_proposal, answer_proposals
from engine.definitions.withdrawing import KIND as WITHDRAWAL
from engine.definitions.withdrawing import decide_approved_withdrawal
from engine.directives import milestone_operations
from engine.directives import operations as directive_operations
from engine.directives.books import BeginTerm, OpenRegister, decide_begin_term, decide_open_register
from engine.directives.calls import RecordExternalFigures, ShowExternalFigures, answer_figures, decide_record_figures
from engine.directives.going_live import ImportRunning, decide_import_running
from engine.directives.numbers import EnterNumber, VoidNumber, decide_enter_number, decide_void, entry_by_id
from engine.directives.overtaking import OVERTAKING
from engine.directives.printing import PrintRegister, answer_print
from engine.directives.reassigning import ReassignAssignment, assignment_place, decide_reassign
from engine.directives.receive import ReceiveDocument, StoreDocument, decide_receive, decide_store
from engine.directives.succession import RecordSuccession, decide_succession
from engine.directory.administrators import keeping_an_administrator
from engine.directory.demonstration import BeginDemonstration, decide_begin_demonstration
from engine.directory.directory_import import ImportDirectory, decide_import
from engine.directory.settings import ChangeSetting, decide_change_setting
from engine.directory.substitution import (
    EndSubstitution,
    RecordSubstitution,
    decide_end_substitution,
    decide_record_substitution,
    post_by_id,
    substitution_by_id,
)
from engine.directory.working_calendar import calendar_of, load_days
from engine.door import Apply, Door, Handler, Query, Scope
from engine.effects import operations as effect_operations
from engine.effects.delivering import ClaimEffects, RecordDelivery, decide_claim, decide_record
from engine.effects.repairs import DropEffect, ListEffects, ResendEffect, answer_effects, decide_drop, decide_resend
from engine.history.record import Subject
from engine.history.transaction import Reading, Transaction
from engine.instances import begin
from engine.instances import commands as instance_commands
from engine.instances.affected import AffectedInstances, answer_affected
from engine.instances.incidents import MIGRATION, PERIODS, chore_failed, clearing, incident_by_id
from engine.instances.migration import MigrateBatch, StartMigration, decide_approved_migration, decide_batch, decide_start_migration
from engine.instances.migration_preview import PreviewMigration, ShowMigration, answer_migration, answer_preview
from engine.instances.operations import Operation, RunOperation, decide_run, foresee_operations, run_failed
from engine.instances.overtaken import MESSAGES
from engine.instances.repairs import REPAIR, RetryIncident, SkipIncident, decide_approved_repair, decide_repair
from engine.instances.show_incidents import ListIncidents, ShowTokens, answer_incidents, answer_tokens
from engine.instances.token_moves import MoveToken
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import Clock
from engine.kernel.errors import EngineError
from engine.kernel.registry import Registry
from engine.reports import operations as report_operations
from engine.reports.form_checks import FORM_CHECKS
from engine.reports.periods import OpenPeriods, decide_open
from engine.reports.regimes import load_regimes
from engine.retention.classes import load_retention
from engine.retention.disposal import while_kept
from engine.storage import revisions
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.storage.wake_ups import NobodyIsWoken, WakeUps
from engine.tasks.queries import task_by_id

PARTS = (access, task, tasks, overview, directives, reports, administration, printing, case, finding, workbench, beginning, files, versions, running, seal, desk, reviewing, taking_out, dossiers, as_it_was, retention)  # each audience's commands and queries


def installed_operations() -> Registry[Operation]:
    """Return every operation that a service task may name."""
    registry: Registry[Operation] = Registry("operation")
    for name, run in (directive_operations.OPERATIONS | milestone_operations.OPERATIONS | report_operations.OPERATIONS | effect_operations.OPERATIONS).items():
        registry.add(name, run)
    return registry


def open_door(database: Database, clock: Clock, *, wake_ups: WakeUps | None = None) -> Door:
    """Return the door over a database whose schema is up to date; `wake_ups`: how workers are woken, else as its kind of database does."""
    handlers, queries = _handlers(), _queries()
    for part in PARTS:
        part.add(handlers, queries)
    versions.add_deployments(handlers, queries, list(installed_operations()))
    trying.add_trials(handlers, queries, {name: _first_line(installed_operations().get(name)) for name in installed_operations()})
    exchange.add_exchange(handlers, queries, list(installed_operations()))
    return Door(database=database, clock=clock, handlers=handlers, queries=queries, wake_ups=wake_ups or wake_ups_of(database))


def wake_ups_of(database: Database) -> WakeUps:
    """Return how workers on this kind of database are woken."""
    if database.dialect != "postgresql":
        return NobodyIsWoken()
    from engine.storage.jobs import JobWakeUps  # loaded where it is needed: most commands run on SQLite

    return JobWakeUps(database)


def prepare(database: Database, clock: Clock, *, upgrade: bool = False) -> Door:
    """Make the schema in an empty database, fill empty rule tables with what the product ships, and open the door.

    Raises InvalidInput for a schema of another version: only with `upgrade` an older one is brought to this program's.
    """
    if upgrade:
        revisions.upgrade(database)
    else:
        revisions.make_when_empty(database)
    with UnitOfWork(database) as unit:
        load_matrix(unit.connection)
        load_separation(unit.connection)
        load_regimes(unit.connection, clock)
        load_retention(unit.connection)
        load_days(Transaction(connection=unit.connection, now=clock.now(), actor=SYSTEM))
        record_what_stands(unit.connection, clock.now())
        unit.commit()
    return open_door(database, clock)


def _handlers() -> Registry[Handler]:
    MESSAGES.update(OVERTAKING)
    operations = installed_operations()
    registry: Registry[Handler] = Registry("command")
    kind: type
    decide: Callable[[Any, Reading], Apply]
    own = instance_commands
    for kind, action, scope, decide in (
        (own.ClaimTask, "task.claim", of_task, own.decide_claim),
        (own.ReleaseTask, "task.release", of_task, own.decide_release),
        (ReassignAssignment, "assignment.reassign", _assignment_scope, decide_reassign),
        (ReceiveDocument, "directive.register", of_unit, decide_receive),
        (OpenRegister, "register.open", of_unit, decide_open_register),
        (BeginTerm, "register.open", of_unit, decide_begin_term),
        (EnterNumber, "register.enter", of_unit, decide_enter_number),
        (VoidNumber, "register.void", _entry_scope, decide_void),
        (StoreDocument, "document.store", of_unit, decide_store),
        (RecordSuccession, "organisation.succeed", _succession_scope, keeping_an_administrator(decide_succession)),
        (ImportDirectory, "organisation.import", _directory_scope, decide_import),
        (ImportRunning, "going_live.import", _directory_scope, decide_import_running),
        (RecordExternalFigures, "figures.record", of_unit, decide_record_figures),
        (RecordSubstitution, "substitution.record", _post_scope, decide_record_substitution),
        (EndSubstitution, "substitution.record", _substitution_scope, decide_end_substitution),
        (ChangeSetting, "setting.change", _setting_scope, decide_change_setting),
    ):
        registry.add(kind.__name__, Handler(action=action, scope=scope, decide=decide, kind=kind))
    for kind in (RetryIncident, SkipIncident, MoveToken):
        registry.add(kind.__name__, Handler(action="incident.resolve", scope=_repair_scope, decide=decide_repair, kind=kind))
    complete = Handler(
        action="task.complete", scope=of_task, decide=_complete_checked, kind=own.CompleteUserTask, failed=own.complete_failed, receipted=True
    )
    registry.add(own.CompleteUserTask.__name__, complete)
    begun = Handler(
        action="process.start", scope=_start_scope, decide=while_kept(begin.decide_start_process), kind=own.StartProcess, failed=lambda *_: None
    )  # nothing remains of an instance that cannot begin, but a fault of the program is told in a sentence
    registry.add(own.StartProcess.__name__, begun)
    foresee: dict[type, Callable[[Sequence[Any], Reading], None]] = {own.StartInstance: own.foresee_starts, own.AdvanceInstance: own.foresee_advances}
    for kind, decide, failed in (
        (own.StartInstance, own.decide_start_command, own.start_instance_failed),
        (own.AdvanceInstance, own.decide_advance_command, own.advance_instance_failed),
        (OpenPeriods, clearing(decide_open, _periods), lambda command, error, _reading: chore_failed(PERIODS, _periods(command), error)),
        (MigrateBatch, clearing(decide_batch, _migration), lambda command, error, _reading: chore_failed(MIGRATION, _migration(command), error)),
    ):
        registry.add(kind.__name__, _system(kind.__name__, decide, failed, foresee.get(kind)))

    def run(command: RunOperation, reading: Reading) -> Apply:
        calendar = reading.once(calendar_of, lambda: calendar_of(reading.connection))
        return decide_run(command, reading, operations=operations, calendar=calendar)

    registry.add(RunOperation.__name__, _system(RunOperation.__name__, run, run_failed, foresee_operations))

    _add_versions(registry, {"operations": list(operations), "functions": FUNCTIONS})
    _add_effects(registry)
    _add_administration(registry)
    return registry


def _add_administration(registry: Registry[Handler]) -> None:
    """Register what concerns the installation as a whole: who may sign in, and copies of the database."""
    accounts: tuple[tuple[type, Callable[[Any, Reading], Apply]], ...] = (
        (OpenAccount, decide_open_account),
        (ResetPassword, decide_reset_password),
        (DisableAccount, keeping_an_administrator(decide_disable_account)),
    )
    for kind, decide in accounts:
        registry.add(kind.__name__, Handler(action="account.change", scope=_account_scope, decide=decide))
    copied = Handler(action="system.RecordBackup", scope=_system_scope, decide=decide_record_backup, system_only=True)
    registry.add(RecordBackup.__name__, copied)
    sealed = Handler(action="system.RecordCheckpoint", scope=_system_scope, decide=decide_record_checkpoint, system_only=True)
    registry.add(RecordCheckpoint.__name__, sealed)
    stepped = Handler(action="system.RecordClockStep", scope=_system_scope, decide=decide_record_clock_step, system_only=True)
    registry.add(RecordClockStep.__name__, stepped)
    shown = Handler(action="system.BeginDemonstration", scope=_system_scope, decide=decide_begin_demonstration, system_only=True)
    registry.add(BeginDemonstration.__name__, shown)


def _add_effects(registry: Registry[Handler]) -> None:
    """Register what sends effects, and what an administrator does about them."""
    ours: dict[type, Callable[[Any, Reading], Apply]] = {ClaimEffects: decide_claim, RecordDelivery: decide_record}
    for kind, decide in ours.items():
        registry.add(kind.__name__, Handler(action=f"system.{kind.__name__}", scope=_system_scope, decide=decide, system_only=True))
    theirs: dict[type, Callable[[Any, Reading], Apply]] = {ResendEffect: decide_resend, DropEffect: decide_drop}
    for kind, decide in theirs.items():
        registry.add(kind.__name__, Handler(action="effect.resolve", scope=_effect_scope, decide=decide, kind=kind))


def _add_versions(registry: Registry[Handler], installed: dict[str, Any]) -> None:
    """Register what changes the versions that run: deployments, migrations, and the second person for both."""
    approved: dict[str, Callable[..., Apply]] = {"deploy": partial(decide_approved_deployment, **installed), "migrate": decide_approved_migration, REPAIR: decide_approved_repair, WITHDRAWAL: decide_approved_withdrawal}
    deploy, decide = partial(decide_deploy, **installed), partial(decide_proposal_of_design, carry_out=approved)
    registry.add(DeployDefinitions.__name__, Handler(action="definition.deploy", scope=_definition_scope, decide=deploy))
    start = Handler(action="instance.migrate", scope=_process_scope, decide=decide_start_migration, kind=StartMigration)
    registry.add(StartMigration.__name__, start)
    registry.add(DecideProposal.__name__, Handler(action="proposal.decide", scope=_proposal_scope, decide=decide, kind=DecideProposal))


def _first_line(operation: Operation) -> str:
    """Return the sentence that says what an operation does."""
    return (operation.__doc__ or "").strip().partition("\n")[0]


def _queries() -> Registry[Query]:
    registry: Registry[Query] = Registry("query")
    registry.add(ShowExternalFigures.__name__, Query(action="figures.see", scope=of_unit, answer=answer_figures, recorded=True))
    registry.add(PrintRegister.__name__, Query(action="register.read", scope=of_unit, answer=answer_print, recorded=True))
    registry.add(ListExceptions.__name__, Query(action="audit.read", scope=of_unit, answer=answer_exceptions, recorded=True))
    operations = list(installed_operations())
    workbench.add_checks(registry, operations)
    drawing.add_choices(registry, {name: _first_line(installed_operations().get(name)) for name in operations})
    affected = partial(answer_affected, operations=operations, functions=FUNCTIONS)
    registry.add(AffectedInstances.__name__, Query(action="definition.see", scope=_process_scope, answer=affected))
    registry.add(PreviewMigration.__name__, Query(action="definition.see", scope=_process_scope, answer=answer_preview, recorded=True))
    registry.add(ShowMigration.__name__, Query(action="definition.see", scope=_migration_scope, answer=answer_migration, recorded=True))
    registry.add(CompareVersions.__name__, Query(action="definition.see", scope=_process_scope, answer=answer_compare, recorded=True))
    registry.add(ShowProposal.__name__, Query(action="definition.see", scope=_proposal_scope, answer=answer_proposal, recorded=True))
    registry.add(ListProposals.__name__, Query(action="definition.see", scope=_proposals_scope, answer=answer_proposals, recorded=True))
    registry.add(ListIncidents.__name__, Query(action="incident.see", scope=_incidents_scope, answer=answer_incidents, recorded=True))
    registry.add(ListEffects.__name__, Query(action="effect.see", scope=_effect_scope, answer=answer_effects, recorded=True))
    registry.add(ShowTokens.__name__, Query(action="incident.see", scope=_instance_scope, answer=answer_tokens, recorded=True))
    return registry


def _complete_checked(command: instance_commands.CompleteUserTask, reading: Reading) -> Apply:
    """Complete a task; what its form's schema cannot know is checked by the room that owns the form."""
    apply = instance_commands.decide_complete(command, reading)
    row = task_by_id(reading, command.task)
    if row.form in FORM_CHECKS:
        FORM_CHECKS[row.form](reading, row, command.data)
    return apply


def _periods(_command: OpenPeriods) -> str:
    return PERIODS


def _migration(command: MigrateBatch) -> str:
    return command.migration


def _system(
    name: str,
    decide: Callable[[Any, Reading], Apply],
    failed: Callable[[Any, EngineError, Reading], Apply | None],
    foresee: Callable[[Sequence[Any], Reading], None] | None = None,
) -> Handler:
    return Handler(action=f"system.{name}", scope=_system_scope, decide=decide, system_only=True, failed=failed, foresee=foresee)


def _start_scope(command: instance_commands.StartProcess, reading: Reading) -> Scope:
    """A start by a person is the work of a role that its start event names, or of that of its lane."""
    subject = Subject(type="organisation", id=command.organisation)
    return Scope(organisation=command.organisation, subject=subject, lane=begin.role_of(command, reading), streams=begin.root_of(reading.connection, command))


def _succession_scope(command: RecordSuccession, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="organisation", id=command.predecessor))


def _assignment_scope(command: ReassignAssignment, reading: Reading) -> Scope:
    unit, root = assignment_place(reading.connection, command.assignment)
    return Scope(organisation=unit, subject=Subject(type="assignment", id=command.assignment), streams=(root,))


def _directory_scope(command: ImportDirectory | ImportRunning, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="directory", id=command.kind))


def _account_scope(command: OpenAccount | ResetPassword | DisableAccount, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="account", id=command.login))


def _entry_scope(command: VoidNumber, reading: Reading) -> Scope:
    row = entry_by_id(reading.connection, command.entry)
    return Scope(organisation=row.organisation, subject=Subject(type="register_entry", id=row.id))


def _post_scope(command: RecordSubstitution, reading: Reading) -> Scope:
    row = post_by_id(reading.connection, command.post)
    return Scope(organisation=row.organisation, subject=Subject(type="post", id=row.id))


def _substitution_scope(command: EndSubstitution, reading: Reading) -> Scope:
    row = substitution_by_id(reading.connection, command.substitution)
    return Scope(organisation=row.organisation, subject=Subject(type="substitution", id=row.id))


def _setting_scope(command: ChangeSetting, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="setting", id=command.key))


def _process_scope(command: StartMigration | PreviewMigration | AffectedInstances | CompareVersions, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="definition", id=command.process or "files"))


def _migration_scope(query: ShowMigration, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="migration", id=query.migration))


def _proposal_scope(command: DecideProposal | ShowProposal, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="proposal", id=command.proposal))


def _proposals_scope(_query: ListProposals, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="proposal", id="all"))


def _definition_scope(_command: DeployDefinitions, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="definition", id="files"))


def _instance_scope(command: Any, reading: Reading) -> Scope:
    unit = instance_commands.instance_organisation(reading, command.instance)
    return Scope(organisation=unit, subject=Subject(type="instance", id=command.instance))


def _repair_scope(command: Any, reading: Reading) -> Scope:
    """A repair is about an instance, or about an incident that has none."""
    if isinstance(command, MoveToken):
        return _instance_scope(command, reading)
    row = incident_by_id(reading.connection, command.incident)
    subject = Subject(type="instance", id=row.instance) if row.instance else Subject(type="incident", id=row.id)
    return Scope(organisation=row.organisation, subject=subject)


def _incidents_scope(query: ListIncidents, _reading: Reading) -> Scope:
    return Scope(organisation=query.organisation, subject=Subject(type="incident", id="all"))


def _effect_scope(command: ResendEffect | DropEffect | ListEffects, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="effect", id=getattr(command, "key", "all")))


def _system_scope(command: Any, _reading: Reading) -> Scope:
    identity = str(getattr(command, "instance", None) or getattr(command, "operation", None) or "system")
    return Scope(organisation=None, subject=Subject(type="system", id=identity))
