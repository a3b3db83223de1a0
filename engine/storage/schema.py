"""The one readable schema: every table of the product, in the order in which a reader meets them.

Ids are UUIDv7 text. Moments are UTC text with milliseconds (`2024-04-15T01:30:00.000Z`): the same on SQLite and
PostgreSQL, sortable, and equal to what the sealed history holds. JSON is text, never JSONB (SPIFFWORKFLOW.md 0.8).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(36), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(200), ForeignKey(target), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _partial(name: str, *columns: str, where: str) -> Index:
    """Return an index of the few rows that are still to be worked on: what is done does not make finding them slower.

    It is used only where the statement says the same in words, not through a parameter.
    """
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _integer(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


# --- directory: organisations, posts, people (effective-dated) ---------------------------------------------------

organisation = Table(
    "organisation",
    metadata,
    _id(),
    Column("code", String(100), nullable=False, unique=True),
    _text("name"),
    _text("level"),
    _text("symbol", nullable=True),
    _text("valid_from"),
    _text("valid_to", nullable=True),
    _ref("represented_by", "organisation.id", nullable=True),
    _partial("ix_organisation_represented", "represented_by", where="represented_by IS NOT NULL"),
)
organisation_edge = Table(
    "organisation_edge",
    metadata,
    _id(),
    _ref("parent", "organisation.id"),
    _ref("child", "organisation.id"),
    Column("line", String(20), CheckConstraint("line IN ('committee','professional','government')", name="line")),
    _text("valid_from"),
    _text("valid_to", nullable=True),
    Index(None, "parent"),
    Index(None, "child"),
)
succession = Table(  # a body that was merged or dissolved, and who goes on with its open work (DOMAIN.md 2.7)
    "succession",
    metadata,
    Column("predecessor", ForeignKey("organisation.id"), primary_key=True),
    _ref("successor", "organisation.id"),
    _text("day"),
    _text("reason"),
    _text("recorded_at"),
)
person = Table("person", metadata, _id(), Column("login", String(100), unique=True), _text("name"), _text("email", nullable=True))
post = Table(
    "post",
    metadata,
    _id(),
    _ref("organisation", "organisation.id"),
    _text("title"),
    Index(None, "organisation"),
)
post_role = Table("post_role", metadata, Column("post", ForeignKey("post.id"), primary_key=True), Column("role", String(40), primary_key=True))
holding = Table(
    "holding",
    metadata,
    _id(),
    _ref("post", "post.id"),
    _ref("person", "person.id"),
    _text("valid_from"),
    _text("valid_to", nullable=True),
    _ref("substitute_for", "person.id", nullable=True),
    _text("limits", nullable=True),
    Index(None, "person"),
    Index(None, "post"),
)
recipient_group = Table(
    "recipient_group",
    metadata,
    _id(),
    _ref("owner", "organisation.id"),
    _text("code"),
    _text("name"),
    UniqueConstraint("owner", "code"),
)
recipient_group_member = Table(
    "recipient_group_member",
    metadata,
    Column("recipient_group", ForeignKey("recipient_group.id"), primary_key=True),
    Column("organisation", ForeignKey("organisation.id"), primary_key=True),
    Column("reports", Integer, nullable=False, server_default=text("1")),
)
document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    _text("name"),
    _text("media_type"),
    _integer("size"),
    Column("content", LargeBinary, nullable=False),
)

# --- access -------------------------------------------------------------------------------------------------------

permission = Table(
    "permission",
    metadata,
    Column("action", String(60), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("relation", String(20), primary_key=True),
)

separation = Table(  # pairs of forms that one person may not fill in for the same matter (DOMAIN.md 2.12)
    "separation",
    metadata,
    Column("earlier", String(60), primary_key=True),
    Column("later", String(60), primary_key=True),
    _text("name"),
    _text("exempt"),
)

account = Table(  # who may sign in, and with what; a person without an account cannot
    "account",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    _text("password_hash"),
    _integer("must_change"),
    _text("created_at"),
    _text("changed_at"),
    _text("disabled_at", nullable=True),
)

sign_in = Table(  # a person who is signed in somewhere; the browser holds the token, we only its digest
    "sign_in",
    metadata,
    _id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    _ref("person", "person.id"),
    Column("method", String(20), nullable=False),  # password, demonstration, openid
    _text("created_at"),
    _text("seen_at"),
    _text("expires_at"),
    _text("ended_at", nullable=True),
    Index(None, "person", "ended_at"),
)
sign_in_failure = Table(  # for the rate limit: a digest of the login or of the address that failed, and when
    "sign_in_failure",
    metadata,
    _id(),
    Column("about", String(64), nullable=False),
    _text("at"),
    Index(None, "about", "at"),
)
password_link = Table(  # a link that an administrator hands to somebody who forgot the password: it opens once
    "password_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _ref("person", "person.id"),
    _ref("made_by", "person.id", nullable=True),
    _text("created_at"),
    _text("expires_at"),
    _text("used_at", nullable=True),
    Index(None, "person"),
)
carried_input = Table(  # what somebody had typed when the session ended: shown again, and then forgotten, once the same person is back
    "carried_input",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    _text("path"),  # of the page that shows it
    _text("target"),  # to which it was sent
    _text("fields"),  # [[name, value], …]
    _text("files"),  # the names of those that were chosen
    _text("kept_at"),
)
identity = Table(  # who a person is to an OpenID Connect provider
    "identity",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    _ref("person", "person.id"),
    _text("linked_at"),
)
mail_choice = Table(  # who does not want the daily mail about open tasks; whoever is not in it gets it
    "mail_choice",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    _integer("digest"),
    _text("changed_at"),
)
access_token = Table(  # for programs that act for a person: the API, a calendar that is fetched
    "access_token",
    metadata,
    _id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    _ref("person", "person.id"),
    Column("kind", String(20), CheckConstraint("kind IN ('api','calendar')", name="kind"), nullable=False),
    _text("name"),
    _text("created_at"),
    _text("expires_at", nullable=True),
    _text("revoked_at", nullable=True),
    Index(None, "person"),
)

# --- settings and calendar ----------------------------------------------------------------------------------------

setting = Table("setting", metadata, Column("key", String(60), primary_key=True), _text("value"))
calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("kind", String(10), CheckConstraint("kind IN ('off','swapped')", name="kind"), nullable=False),
    _text("note"),
)
office_hours = Table(  # when offices work from a day on; a day's hours may be in several parts
    "office_hours",
    metadata,
    Column("valid_from", String(10), primary_key=True),
    Column("opens", String(5), primary_key=True),
    Column("closes", String(5), nullable=False),
)

# --- the door -----------------------------------------------------------------------------------------------------

command = Table(
    "command",
    metadata,
    Column("key", String(200), primary_key=True),
    _text("action"),
    _text("actor"),
    _text("digest"),
    _text("answer"),
    _text("at"),
)

# --- history ------------------------------------------------------------------------------------------------------

history_record = Table(
    "history_record",
    metadata,
    Column("log", String(60), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("record_hash", String(64), nullable=False),
    _text("recorded_at"),
    _text("action"),
    _text("outcome"),
    _text("actor"),
    _text("subject_type"),
    _text("subject"),
    _text("instance", nullable=True),
    Column("key_id", String(8), nullable=True),  # of the key that signed; none where an installation had no keys yet
    Column("signature", LargeBinary, nullable=True),
    Index(None, "subject"),
    Index(None, "instance"),
    Index(None, "actor"),
)
history_stream = Table(
    "history_stream",
    metadata,
    Column("log", String(60), primary_key=True),
    Column("stream", String(60), primary_key=True),
    Column("stream_seq", Integer, primary_key=True),
    _integer("seq"),
    Column("record_hash", String(64), nullable=False),
)
history_head = Table(
    "history_head",
    metadata,
    Column("log", String(60), primary_key=True),
    Column("series", String(60), nullable=False),  # the first log of its kind: after a restore another one goes on (AUDIT.md 3, note 8)
    Column("succeeded_by", String(60), nullable=True),  # nothing more is appended then
    _integer("seq"),
    Column("record_hash", String(64), nullable=False),
    _text("recorded_at"),
    Column("key_id", String(8), nullable=True),  # of the key of the present period
    _integer("offset_ms", nullable=True),  # of the clock, when it was last compared with a server of the time
)
stream_head = Table(
    "stream_head",
    metadata,
    Column("log", String(60), primary_key=True),
    Column("stream", String(60), primary_key=True),
    _integer("stream_seq"),
    Column("record_hash", String(64), nullable=False),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("log", String(60), primary_key=True),
    Column("size", Integer, primary_key=True),
    Column("root", String(64), nullable=False),
    _text("note"),  # the signed note, as it goes to the places outside
    _text("frontier"),  # JSON: the hashes with which the tree grows on
    _text("made_at"),
)
checkpoint_place = Table(  # what a worker last achieved there; the truth is what lies there
    "checkpoint_place",
    metadata,
    Column("place", String(400), primary_key=True),
    Column("log", String(60), primary_key=True),
    _integer("size"),
    _text("written_at", nullable=True),
    _text("failed_at", nullable=True),
    _text("error", nullable=True),
)

# --- definitions --------------------------------------------------------------------------------------------------

definition_file = Table(
    "definition_file", metadata, Column("sha256", String(64), primary_key=True), Column("content", LargeBinary, nullable=False)
)
definition_version = Table(
    "definition_version",
    metadata,
    _id(),
    Column("key", String(100), nullable=False),
    _integer("version"),
    Column("sha256", String(64), nullable=False),
    _text("deployed_at"),
    UniqueConstraint("key", "version"),
    UniqueConstraint("key", "sha256"),
)
definition_start = Table(  # what starts an instance of a version besides people: messages and signals, by name
    "definition_start",
    metadata,
    Column("definition_version", ForeignKey("definition_version.id"), primary_key=True),
    Column("kind", String(10), CheckConstraint("kind IN ('message','signal')", name="kind"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Index(None, "name"),
)
definition_part = Table(
    "definition_part",
    metadata,
    Column("definition_version", ForeignKey("definition_version.id"), primary_key=True),
    Column("path", String(300), primary_key=True),
    _ref("file", "definition_file.sha256"),
)
process_withdrawal = Table(  # a process that begins no new case from a day on; the row goes when it does again, the history keeps both
    "process_withdrawal",
    metadata,
    Column("process", String(100), primary_key=True),
    Column("from_day", String(10), nullable=False),
    _text("reason"),
)

# --- designs: what designers change before it is deployed -----------------------------------------------------------

design = Table(  # a designer's set of changes to the files in force, under a name
    "design",
    metadata,
    _id(),
    _text("name"),
    _ref("designer", "person.id"),
    Column("status", String(10), CheckConstraint("status IN ('open','proposed','deployed','discarded')", name="status"), nullable=False),
    _ref("proposal", "proposal.id", nullable=True),  # that lays it before a second person
    _text("begun_at"),
    _text("changed_at"),
    _text("ended_at", nullable=True),
    Index(None, "status"),
)
design_file = Table(  # a file as the designer has it now; the files that are not here are as they are in force
    "design_file",
    metadata,
    Column("design", ForeignKey("design.id"), primary_key=True),
    Column("path", String(300), primary_key=True),
    Column("content", LargeBinary),  # NULL: the designer has taken the file away
    Column("base", String(64)),  # SHA-256 of the file in force from which it began; NULL: a new file
    _integer("edition"),  # counts the times it was kept: who changes an older edition is told
    _text("kept_at"),
    Index(None, "path"),
)
element_remark = Table(  # what designers tell each other about an element of a diagram; settled, never deleted
    "element_remark",
    metadata,
    _id(),
    Column("process", String(100), nullable=False),
    _text("element"),
    _ref("design", "design.id", nullable=True),  # the design in which it was said; NULL: of what is in force
    _ref("person", "person.id"),
    _text("text"),
    _text("written_at"),
    _ref("settled_by", "person.id", nullable=True),
    _text("settled_at", nullable=True),
    Index(None, "process"),
)
trial_scenario = Table(  # a dry run that was saved, to be run again before every deployment
    "trial_scenario",
    metadata,
    _id(),
    Column("process", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    _text("scenario"),
    _ref("person", "person.id"),
    _text("kept_at"),
    UniqueConstraint("process", "name"),
)

# --- instances, tasks, messages, timers (EXECUTION.md 2) -----------------------------------------------------------

instance = Table(
    "instance",
    metadata,
    _id(),
    _ref("definition_version", "definition_version.id"),
    _ref("organisation", "organisation.id"),
    _text("business_key"),
    _ref("directive", "directive.id", nullable=True),
    Column("period", String(10), nullable=True),
    _text("roots"),
    Column("state", LargeBinary, nullable=False),
    _integer("ver"),
    Column("status", String(10), CheckConstraint("status IN ('active','ended')", name="status"), nullable=False),
    _text("started_at"),
    _text("ended_at", nullable=True),
    Index(None, "organisation", "status"),
    Index(None, "directive"),
    Index(None, "definition_version", "status"),
)
user_task = Table(
    "user_task",
    metadata,
    _id(),
    _ref("instance", "instance.id"),
    _ref("organisation", "organisation.id"),
    Column("kind", String(10), CheckConstraint("kind IN ('task','choice')", name="kind"), nullable=False, server_default=text("'task'")),
    _text("element"),
    _text("name"),
    _text("role"),
    _text("form"),
    _text("context"),
    Column("status", String(10), CheckConstraint("status IN ('open','completed','cancelled')", name="status"), nullable=False),
    _ref("assignee", "person.id", nullable=True),
    _text("due_at", nullable=True),
    _text("created_at"),
    _text("completed_at", nullable=True),
    _integer("completed_ver", nullable=True),  # the instance's version that it led to: an order where moments are equal
    _ref("completed_by", "person.id", nullable=True),
    _ref("completed_for", "person.id", nullable=True),
    _ref("entered_by_unit", "organisation.id", nullable=True),
    _text("exempted", nullable=True),
    _text("data", nullable=True),
    _text("withdrawn", nullable=True),  # when and why, as JSON: for whoever comes too late
    Index(None, "organisation", "status", "role"),
    Index(None, "instance", "status"),
    Index(None, "element", "status", "instance"),  # the cases behind a figure of a running process
    _partial("ix_user_task_done", "completed_by", "completed_at", where="status = 'completed'"),
)
handed_on = Table(  # an open task that was given to a colleague: the earlier holder still sees where it went, and why
    "handed_on",
    metadata,
    _id(),
    _ref("task", "user_task.id"),
    _ref("earlier", "person.id", nullable=True),
    _ref("person", "person.id"),
    _ref("given_by", "person.id"),
    _text("reason"),
    _text("given_at"),
    Index(None, "earlier", "given_at"),
    Index(None, "task"),
)
draft = Table(  # what somebody is typing and has not handed in: of a task (`task:ID`), or of another form by its place
    "draft",
    metadata,
    Column("place", String(100), primary_key=True),
    Column("person", ForeignKey("person.id"), primary_key=True),
    _text("data"),
    _text("saved_at"),
)
comment = Table(  # what people tell each other about a case; never changed, never deleted
    "comment",
    metadata,
    _id(),
    _ref("instance", "instance.id"),
    _ref("task", "user_task.id", nullable=True),
    _ref("person", "person.id"),
    _text("title"),
    _text("text"),
    _text("written_at"),
    Index(None, "instance"),
)
snooze = Table(  # a task that somebody does not want to see in the list until a day
    "snooze",
    metadata,
    Column("task", ForeignKey("user_task.id"), primary_key=True),
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("until", String(10), nullable=False),
)
saved_filter = Table(  # a list's filters under a name: one's own, or shared with an organisation
    "saved_filter",
    metadata,
    _id(),
    _ref("person", "person.id"),
    _ref("organisation", "organisation.id", nullable=True),
    Column("page", String(40), nullable=False),
    _text("name"),
    _text("query"),
    _text("created_at"),
    Index(None, "person", "page"),
    Index(None, "organisation", "page"),
)
timer = Table(
    "timer",
    metadata,
    _id(),
    _ref("instance", "instance.id"),
    _text("element"),
    _text("due_at"),
    Column("status", String(10), nullable=False),
    _partial("ix_timer_open", "due_at", where="status = 'open'"),
    Index(None, "instance", "status"),
)
subscription = Table(
    "subscription",
    metadata,
    _id(),
    _ref("instance", "instance.id"),
    _ref("organisation", "organisation.id"),
    _text("element"),
    Column("kind", String(10), CheckConstraint("kind IN ('message','signal')", name="kind"), nullable=False, server_default=text("'message'")),
    Column("message", String(300), nullable=False),
    Column("key", String(300), nullable=False),
    Index(None, "message", "key"),
    Index(None, "instance"),
)
inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("idempotency", String(300), nullable=False, unique=True),
    _ref("instance", "instance.id", nullable=True),
    _ref("organisation", "organisation.id", nullable=True),
    Column("kind", String(20), nullable=False),
    _text("name"),
    Column("key", String(300), nullable=False),
    _text("payload"),
    _text("roots"),
    _text("created_at"),
    _integer("consumed_ver", nullable=True),
    _partial("ix_inbox_unread", "kind", "created_at", where="consumed_ver IS NULL"),
    _partial("ix_inbox_unread_instance", "instance", where="consumed_ver IS NULL"),
    Index(None, "name", "key"),
)
operation = Table(
    "operation",
    metadata,
    _id(),
    _ref("instance", "instance.id"),
    _text("element"),
    _text("name"),
    _text("parameters"),
    Column("status", String(10), CheckConstraint("status IN ('open','done','skipped','cancelled')", name="status"), nullable=False),
    _text("created_at"),
    Column("part", Integer, nullable=False, server_default=text("0")),  # how many transactions it has had
    _text("progress", nullable=True),  # what the last of them left for the next
    _partial("ix_operation_open", "created_at", "id", where="status = 'open'"),
    Index(None, "instance", "status"),
)
incident = Table(  # automatic work that failed and is held: until `next_attempt`, or, without one, until an administrator acts
    "incident",
    metadata,
    _id(),
    _ref("instance", "instance.id", nullable=True),
    _ref("organisation", "organisation.id", nullable=True),
    Column("kind", String(20), nullable=False),
    Column("work", String(60), nullable=False),  # the row that is held: an operation, a timer, an inbox row, a user task
    Column("token", String(60), nullable=True),  # the open work of the instance that it would have ended
    _text("element"),
    _text("call_path"),
    _text("message"),
    _text("data"),
    _integer("attempts"),
    _text("next_attempt", nullable=True),
    _text("created_at"),
    _text("failed_at"),
    _text("resolved_at", nullable=True),
    _text("resolution", nullable=True),
    Index("uq_incident_work", "work", unique=True, sqlite_where=text("resolved_at IS NULL"), postgresql_where=text("resolved_at IS NULL")),
    Index(None, "instance"),
    Index(None, "resolved_at"),
)

worker = Table(  # a running worker, and when it last looked for work; one that was killed stays until another clears it away
    "worker",
    metadata,
    _id(),
    _text("place"),
    _text("started_at"),
    _text("swept_at"),
)

effect = Table(  # what is to happen outside: an e-mail, a webhook; the key goes out with it, so that who receives it twice can tell
    "effect",
    metadata,
    Column("key", String(60), primary_key=True),
    _ref("instance", "instance.id", nullable=True),
    _ref("organisation", "organisation.id", nullable=True),
    _text("element"),
    Column("kind", String(10), CheckConstraint("kind IN ('email','webhook')", name="kind"), nullable=False),
    Column("channel", String(80), nullable=False),  # what has to be configured for it: `email`, `webhook:<endpoint>`
    _text("payload"),
    _text("roots"),
    _integer("tells"),  # 1: the process wants to know what became of it
    Column(
        "status",
        String(10),
        CheckConstraint("status IN ('open','sending','sent','unsure','dead','dropped')", name="status"),
        nullable=False,
    ),
    _integer("attempts"),
    _text("next_at", nullable=True),
    _text("lease_until", nullable=True),
    Column("lease_by", String(60), nullable=True),
    _text("error", nullable=True),
    _text("created_at"),
    _text("sent_at", nullable=True),
    Index(None, "status", "channel", "next_at"),
    Index(None, "instance"),
)

# --- changes to what runs: proposals for a second person, instances taken to another version ----------------------

proposal = Table(  # a command that waits for a second person; never changed but by the decision
    "proposal",
    metadata,
    _id(),
    Column("kind", String(20), CheckConstraint("kind IN ('deploy','migrate','repair','withdraw')", name="kind"), nullable=False),
    _text("subject"),
    _text("payload"),
    Column("digest", String(64), nullable=False),
    _text("basis"),
    _text("reason"),
    _ref("proposed_by", "person.id"),
    _ref("proposed_for", "person.id", nullable=True),
    _text("proposed_at"),
    Column(
        "status", String(10), CheckConstraint("status IN ('open','approved','refused','withdrawn')", name="status"), nullable=False
    ),
    _ref("decided_by", "person.id", nullable=True),
    _text("decided_at", nullable=True),
    _text("decision_reason", nullable=True),
    Index(None, "status"),
)
migration = Table(  # a plan that is being carried out, batch by batch; what it has done is in `instance` and in the history
    "migration",
    metadata,
    _id(),
    _text("process"),
    _ref("target", "definition_version.id"),
    _text("plan"),
    _text("reason"),
    Column("status", String(10), CheckConstraint("status IN ('running','ended')", name="status"), nullable=False),
    _integer("moved"),
    _text("started_by"),
    _text("started_at"),
    _text("ended_at", nullable=True),
    _ref("proposal", "proposal.id", nullable=True),
    Index(None, "status"),
)
migration_refusal = Table(  # an instance that a migration left where it was, and why
    "migration_refusal",
    metadata,
    Column("migration", ForeignKey("migration.id"), primary_key=True),
    Column("instance", ForeignKey("instance.id"), primary_key=True),
    _text("reasons"),
)

# --- directives ---------------------------------------------------------------------------------------------------

directive = Table(
    "directive",
    metadata,
    _id(),
    _ref("root", "directive.id"),
    _ref("parent", "directive.id", nullable=True),
    _ref("follows_up", "directive.id", nullable=True),
    _ref("issuer", "organisation.id"),
    _text("process"),
    _text("doc_type"),
    _integer("number", nullable=True),
    _text("symbol"),
    _text("code"),
    _text("issued_date"),
    _text("subject"),
    _ref("document", "document.sha256", nullable=True),
    _text("reading", nullable=True),
    _text("sunset"),
    Column("status", String(10), CheckConstraint("status IN ('issued','closed','recalled','replaced')", name="status"), nullable=False),
    _text("created_at"),
    Index(None, "root"),
    Index(None, "parent"),
    Index(None, "follows_up"),
    Index(None, "issuer", "status"),
)
citation = Table(
    "citation",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _text("code"),
    _text("cited_date", nullable=True),
    _text("relation"),
    _ref("cited", "directive.id", nullable=True),
    Index(None, "directive"),
)
directive_attachment = Table(
    "directive_attachment",
    metadata,
    Column("directive", ForeignKey("directive.id"), primary_key=True),
    Column("attached", ForeignKey("directive.id"), primary_key=True),
)
signed_file = Table(  # a file that was signed elsewhere, kept with its digest; we do not check its signature
    "signed_file",
    metadata,
    _id(),
    _ref("directive", "directive.id", nullable=True),
    _ref("report", "report.id", nullable=True),
    _ref("document", "document.sha256"),
    _ref("attached_by", "person.id"),
    _text("note"),
    _text("attached_at"),
    Index(None, "directive"),
    Index(None, "report"),
)
external_figure = Table(
    "external_figure",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    Column("indicator", String(60), nullable=False),
    Column("value", BigInteger, nullable=False),
    _text("as_of"),
    _text("recorded_at"),
    Index(None, "directive"),
)
dispatch = Table(
    "dispatch",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    _text("recipient_group"),
    _text("status"),
    _text("changed_at"),
    UniqueConstraint("directive", "organisation"),
    Index(None, "organisation"),
)
receipt_source = Table(  # further ways on which a letter reached an organisation: a paper copy, a second superior that relays it
    "receipt_source",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    _text("channel"),
    _text("arrived_at"),
    _text("note", nullable=True),
    _ref("same_as", "directive.id", nullable=True),
    Index(None, "directive", "organisation"),
)
directive_item = Table(
    "directive_item",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _text("item_no"),
    _text("text"),
    _text("addressees"),
    _text("mode"),
    _text("due_date", nullable=True),
    _text("due_operator", nullable=True),
    _text("last_day", nullable=True),
    _text("deliverable", nullable=True),
    Index(None, "directive"),
)
assignment = Table(
    "assignment",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("item", "directive_item.id", nullable=True),
    _ref("organisation", "organisation.id"),
    _ref("lead", "post.id"),
    _text("status"),
    _text("due_at", nullable=True),
    _text("original_due", nullable=True),
    Column("extensions", Integer, nullable=False, server_default=text("0")),
    _text("created_at"),
    Index(None, "directive", "organisation"),
)
assignment_support = Table(  # one accountable lead (assignment.lead), any number of units that support it
    "assignment_support",
    metadata,
    Column("assignment", ForeignKey("assignment.id"), primary_key=True),
    Column("organisation", ForeignKey("organisation.id"), primary_key=True),
)
activity = Table(
    "activity",
    metadata,
    _id(),
    _ref("assignment", "assignment.id"),
    _text("activity_date"),
    _text("narrative"),
    _text("recorded_at"),
)
indicator = Table(
    "indicator",
    metadata,
    Column("directive", ForeignKey("directive.id"), primary_key=True),
    Column("key", String(60), primary_key=True),
    _integer("position"),
    _text("label"),
    _text("unit"),
    Column("aggregation", String(10), nullable=False),  # sum, max, last, ratio, text
    Column("required", Integer, nullable=False, server_default=text("0")),
    _text("numerator", nullable=True),
    _text("denominator", nullable=True),
)
indicator_set = Table(  # a named set of indicators that is offered to those who draft a directive
    "indicator_set", metadata, _id(), _text("name"), _text("retired_at", nullable=True)
)
indicator_set_row = Table(
    "indicator_set_row",
    metadata,
    Column("indicator_set", ForeignKey("indicator_set.id"), primary_key=True),
    Column("key", String(60), primary_key=True),
    _integer("position"),
    _text("label"),
    _text("unit"),
    Column("aggregation", String(10), nullable=False),  # sum, max, last, text
)
register_book = Table(
    "register_book",
    metadata,
    _id(),
    _ref("organisation", "organisation.id"),
    Column("direction", String(10), nullable=False),
    Column("doc_type", String(60), nullable=False),
    Column("term", String(40), nullable=False),
    _integer("next_number"),
    UniqueConstraint("organisation", "direction", "doc_type", "term"),
)
committee_term = Table(
    "committee_term",
    metadata,
    Column("organisation", ForeignKey("organisation.id"), primary_key=True),
    Column("begins", String(10), primary_key=True),
    Column("label", String(40), nullable=False),
    UniqueConstraint("organisation", "label"),
)
register_entry = Table(
    "register_entry",
    metadata,
    _id(),
    _ref("register_book", "register_book.id"),
    _integer("number"),
    _ref("directive", "directive.id", nullable=True),
    _ref("report", "report.id", nullable=True),
    _text("entry_date"),
    _text("subject"),
    _text("doc_type", nullable=True),
    _text("author", nullable=True),
    _text("doc_date", nullable=True),
    _text("code", nullable=True),
    _text("signer", nullable=True),
    _text("handed_to", nullable=True),
    _text("handed_on", nullable=True),
    _integer("copies", nullable=True),
    _text("note", nullable=True),
    _text("voided_at", nullable=True),
    _text("void_reason", nullable=True),
    _text("cancelled_at", nullable=True),
    _text("cancel_reason", nullable=True),
    _text("frozen_at", nullable=True),
    UniqueConstraint("register_book", "number"),
)
obligation = Table(
    "obligation",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    _ref("superior", "organisation.id"),
    Column("report_type", String(200), nullable=False),
    Column("frequency", String(20), nullable=False),
    Column("first_period", String(10), nullable=False),
    Column("end_period", String(10), nullable=True),
    Column("next_period", String(10), nullable=False),
    _text("due_date", nullable=True),
    _text("original_due", nullable=True),
    _text("original_end_period", nullable=True),
    Column("extensions", Integer, nullable=False, server_default=text("0")),
    _text("opens_on", nullable=True),
    Column("status", String(10), CheckConstraint("status IN ('open','closed')", name="status"), nullable=False),
    UniqueConstraint("directive", "organisation"),
    Index(None, "organisation", "report_type"),
    Index(None, "superior", "report_type"),
    _partial("ix_obligation_open", "next_period", where="status = 'open'"),
    _partial("ix_obligation_opens_on", "opens_on", where="status = 'open' AND opens_on IS NOT NULL"),
)
reporting_regime = Table(  # the due day of a level; a superior's own row comes before the level's default (DOMAIN.md T5)
    "reporting_regime",
    metadata,
    _id(),
    _ref("superior", "organisation.id", nullable=True),
    Column("level", String(20), nullable=False),
    Column("frequency", String(20), nullable=False),
    _integer("due_day"),
    UniqueConstraint("superior", "level", "frequency"),
)
reminder = Table(  # what was called to mind or urged; a row is never changed but by its answer, and never deleted
    "reminder",
    metadata,
    _id(),
    _ref("organisation", "organisation.id"),
    _ref("from_organisation", "organisation.id", nullable=True),
    _ref("instance", "instance.id", nullable=True),
    _text("role"),
    _text("about"),
    _integer("urge_level"),
    _ref("directive", "directive.id", nullable=True),
    _ref("consolidation", "consolidation.id", nullable=True),
    _integer("number"),
    _text("content", nullable=True),
    _text("new_due", nullable=True),
    _text("sent_at"),
    _text("answered_at", nullable=True),
    _text("answer", nullable=True),
    Index(None, "organisation", "about"),
    Index(None, "directive", "organisation"),
    Index(
        "uq_reminder_urge", "organisation", "about", "number", unique=True, sqlite_where=text("urge_level > 0"), postgresql_where=text("urge_level > 0")
    ),
)

# --- milestones (DOMAIN.md 2.4): what a directive wants delivered, appraised, approved, in the order of their dependencies -------------

milestone = Table(
    "milestone",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _integer("position"),
    Column("key", String(60), nullable=False),
    _text("title"),
    _text("content", nullable=True),
    _text("process"),
    _ref("owner", "organisation.id"),
    _ref("appraiser", "organisation.id", nullable=True),
    _ref("approver", "organisation.id", nullable=True),
    _text("partner", nullable=True),
    _text("due_date", nullable=True),
    _text("due_operator", nullable=True),
    _text("last_day", nullable=True),
    _text("original_due", nullable=True),
    Column("extensions", Integer, nullable=False, server_default=text("0")),
    _text("appraise_last_day", nullable=True),
    _text("approve_last_day", nullable=True),
    Column(
        "status",
        String(10),
        CheckConstraint(
            "status IN ('waiting','open','submitted','accepted','proposed','approved','reached','rejected','cancelled')", name="status"
        ),
        nullable=False,
    ),
    _integer("version"),
    _integer("returned"),
    _integer("late"),
    _text("opened_at", nullable=True),
    _text("reached_at", nullable=True),
    UniqueConstraint("directive", "key"),
)
milestone_dependency = Table(
    "milestone_dependency",
    metadata,
    Column("milestone", ForeignKey("milestone.id"), primary_key=True),
    Column("depends_on", ForeignKey("milestone.id"), primary_key=True),
    Index(None, "depends_on"),
)
milestone_version = Table(
    "milestone_version",
    metadata,
    Column("milestone", ForeignKey("milestone.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _ref("document", "document.sha256", nullable=True),
    _text("note"),
    _text("submitted_at"),
    _integer("late"),
    _text("result", nullable=True),
    _text("comments", nullable=True),
    _text("decided_at", nullable=True),
    _ref("decided_by", "person.id", nullable=True),
)

# --- exceptions (DOMAIN.md 2.1 SP7, SP8, 2.7): changes, difficulties, extensions; originals are always kept --------------------

change_request = Table(  # the issuer recalls, amends, replaces or corrects a directive (SP8)
    "change_request",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    Column("kind", String(10), CheckConstraint("kind IN ('recall','amend','replace','correct')", name="kind"), nullable=False),
    _text("reason"),
    _text("content"),
    _text("effective_at"),
    _ref("new_directive", "directive.id", nullable=True),
    _ref("cascade_of", "change_request.id", nullable=True),
    Column("status", String(10), CheckConstraint("status IN ('open','ended')", name="status"), nullable=False),
    _text("created_at"),
    _text("ended_at", nullable=True),
    Index(None, "directive"),
)
change_answer = Table(  # one row per recipient, written with the request
    "change_answer",
    metadata,
    Column("change_request", ForeignKey("change_request.id"), primary_key=True),
    Column("organisation", ForeignKey("organisation.id"), primary_key=True),
    Column("status", String(10), CheckConstraint("status IN ('pending','agreed','refused')", name="status"), nullable=False),
    _text("reason", nullable=True),
    _text("already_done", nullable=True),
    _text("diff", nullable=True),
    _text("answered_at", nullable=True),
    Index(None, "organisation"),
)
difficulty = Table(
    "difficulty",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    _ref("superior", "organisation.id"),
    _ref("assignment", "assignment.id", nullable=True),
    _ref("escalated_from", "difficulty.id", nullable=True),
    _text("category"),
    _text("description"),
    _text("impact", nullable=True),
    _text("proposal"),
    _text("proposed_due", nullable=True),
    Column("status", String(10), CheckConstraint("status IN ('open','escalated','answered')", name="status"), nullable=False),
    _text("raised_at"),
    _text("decision", nullable=True),
    _text("answer", nullable=True),
    _text("new_due", nullable=True),
    _ref("reassigned_to", "organisation.id", nullable=True),
    _text("answered_at", nullable=True),
    Index(None, "directive", "organisation"),
    Index(None, "superior", "status"),
)
extension = Table(  # `number`: the k-th request for the same work; granted ones count against the setting extensions_max
    "extension",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),
    _ref("superior", "organisation.id"),
    _ref("assignment", "assignment.id", nullable=True),
    _ref("obligation", "obligation.id", nullable=True),
    _ref("milestone", "milestone.id", nullable=True),
    _integer("number"),
    _text("old_due"),
    _text("new_due"),
    _text("reason"),
    _text("explanation", nullable=True),
    _integer("late"),
    _text("requested_at"),
    Column("decision", String(10), CheckConstraint("decision IN ('granted','refused')", name="decision"), nullable=True),
    _text("decision_reason", nullable=True),
    _text("decided_at", nullable=True),
    Index(None, "directive", "organisation"),
)

# --- reports ------------------------------------------------------------------------------------------------------

report = Table(
    "report",
    metadata,
    _id(),
    _ref("organisation", "organisation.id"),
    Column("report_type", String(200), nullable=False),
    Column("period", String(10), nullable=False),
    _integer("revision"),
    Column("status", String(12), nullable=False),
    Column("awaits_below", Integer, nullable=False, server_default=text("0")),  # until the consolidations below are closed
    _text("due_date"),
    _text("opened_at"),
    UniqueConstraint("organisation", "report_type", "period"),
)
opened_section = Table(  # the duties on which a report has a section, from the moment that somebody is asked for it
    "opened_section",
    metadata,
    Column("report", ForeignKey("report.id"), primary_key=True),
    Column("obligation", ForeignKey("obligation.id"), primary_key=True),
    Index(None, "obligation"),
)
report_revision = Table(
    "report_revision",
    metadata,
    Column("report", ForeignKey("report.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    _text("general_assessment"),
    _text("code"),
    _text("submitted_at"),
    _integer("late"),
    Column("kind", String(12), nullable=False, server_default=text("'regular'")),  # regular, revised, correction
    _text("reason", nullable=True),
)
report_section = Table(
    "report_section",
    metadata,
    _id(),
    _ref("report", "report.id"),
    _integer("revision"),
    _ref("obligation", "obligation.id"),
    _ref("directive", "directive.id"),
    _text("assessment"),
    _text("narrative"),
    _text("nil_reason", nullable=True),
    _text("difficulties"),
    _text("proposals"),
    _text("next_tasks"),
    _ref("same_as", "obligation.id", nullable=True),
    UniqueConstraint("report", "revision", "obligation"),
)
report_figure = Table(
    "report_figure",
    metadata,
    _id(),
    _ref("report_section", "report_section.id"),
    Column("indicator", String(60), nullable=False),
    Column("own_value", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    _text("own_words", nullable=True),  # of an indicator that is told in words
    _text("words", nullable=True),
    UniqueConstraint("report_section", "indicator"),
)
submission = Table(
    "submission",
    metadata,
    Column("report", ForeignKey("report.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("superior", ForeignKey("organisation.id"), primary_key=True),
    Column("status", String(12), nullable=False),
    _text("submitted_at"),
    _text("decided_at", nullable=True),
    _text("reason", nullable=True),
    Index(None, "superior", "status"),
)
consolidation = Table(
    "consolidation",
    metadata,
    _id(),
    _ref("organisation", "organisation.id"),
    Column("report_type", String(200), nullable=False),
    Column("period", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    _text("cutoff"),
    Column("revision", Integer, nullable=False, server_default=text("0")),  # the newest that was closed
    _text("outdated_at", nullable=True),
    _text("closed_at", nullable=True),
    UniqueConstraint("organisation", "report_type", "period"),
)
consolidation_revision = Table(  # what was counted and written at one time; never changed once it is closed
    "consolidation_revision",
    metadata,
    Column("consolidation", ForeignKey("consolidation.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    _text("cause"),
    _text("expected"),
    _text("form", nullable=True),
    _text("computed_at"),
    _text("closed_at", nullable=True),
)
expected_report = Table(
    "expected_report",
    metadata,
    Column("consolidation", ForeignKey("consolidation.id"), primary_key=True),
    Column("organisation", ForeignKey("organisation.id"), primary_key=True),
    Column("status", String(12), nullable=False),
    _integer("late"),
    _integer("nil"),
    _integer("returned"),
    _integer("urged"),
    _ref("report", "report.id", nullable=True),
    _integer("revision", nullable=True),
    Column("after_cutoff", String(12), nullable=True),  # submitted, accepted, supplement, next_period
    _ref("carried_into", "consolidation.id", nullable=True),
)
consolidation_total = Table(
    "consolidation_total",
    metadata,
    _id(),
    _ref("consolidation", "consolidation.id"),
    Column("revision", Integer, nullable=False),
    _ref("directive", "directive.id"),
    Column("indicator", String(60), nullable=False),
    Column("computed", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    _text("words", nullable=True),
    _text("override_reason", nullable=True),
    UniqueConstraint("consolidation", "revision", "directive", "indicator"),
)
consolidation_source = Table(
    "consolidation_source",
    metadata,
    Column("consolidation_total", ForeignKey("consolidation_total.id"), primary_key=True),
    Column("report_figure", ForeignKey("report_figure.id"), primary_key=True),
    Column("carried", Integer, nullable=False, server_default=text("0")),  # from a report after the cut-off of an earlier period
)
figure_source = Table(  # the totals from below that a unit's figure holds
    "figure_source",
    metadata,
    Column("report_figure", ForeignKey("report_figure.id"), primary_key=True),
    Column("consolidation_total", ForeignKey("consolidation_total.id"), primary_key=True),
    Index(None, "consolidation_total"),
)

# --- retention (AUDIT.md 8): how long, what is held back, what was disposed of, what was erased ------------------------------

retention_class = Table(  # how long what belongs to a directive is kept once it is closed
    "retention_class",
    metadata,
    Column("key", String(40), primary_key=True),
    _text("name"),
    _integer("years", nullable=True),  # NULL: for ever
    _text("basis"),
)
retention_rule = Table(  # the class of the directives of a process; `*` for all that have none of their own
    "retention_rule",
    metadata,
    Column("process", String(100), primary_key=True),
    Column("retention_class", ForeignKey("retention_class.key"), nullable=False),
)
retention_hold = Table(  # what may be neither disposed of nor erased: a directive, what a person did, or a period; lifted, never deleted
    "retention_hold",
    metadata,
    _id(),
    _ref("directive", "directive.id", nullable=True),
    _ref("person", "person.id", nullable=True),
    Column("from_day", String(10), nullable=True),
    Column("to_day", String(10), nullable=True),
    _text("reason"),
    _ref("set_by", "person.id"),
    _text("set_at"),
    _ref("lifted_by", "person.id", nullable=True),
    _text("lifted_at", nullable=True),
    _text("lift_reason", nullable=True),
)
disposal = Table(  # that a directive with all below it is disposed of: one proposes, another decides
    "disposal",
    metadata,
    _id(),
    _ref("directive", "directive.id"),
    _ref("organisation", "organisation.id"),  # that keeps the files
    _text("authority"),
    _text("reason"),
    _ref("proposed_by", "person.id"),
    _text("proposed_at"),
    Column("status", String(10), CheckConstraint("status IN ('open','refused','done')", name="status"), nullable=False),
    _ref("decided_by", "person.id", nullable=True),
    _text("decided_at", nullable=True),
    _text("decision_reason", nullable=True),
    _integer("records", nullable=True),  # whose bodies were removed
    Index("uq_disposal_directive", "directive", unique=True, sqlite_where=text("status <> 'refused'"), postgresql_where=text("status <> 'refused'")),
)
sealed_value = Table(  # a personal value, encrypted with the key of its subject, which lies in another file; NULL once it is erased
    "sealed_value",
    metadata,
    _id(),
    Column("subject", String(60), nullable=False),  # whose key: `task:ID`
    _text("title"),  # what the form calls the field
    _ref("organisation", "organisation.id"),
    _ref("directive", "directive.id", nullable=True),
    Column("content", LargeBinary, nullable=True),
    _text("made_at"),
    _text("erased_at", nullable=True),
    Index(None, "subject"),
    Index(None, "directive"),
)
erasure = Table(  # that the personal values of a subject are erased: one proposes, another decides
    "erasure",
    metadata,
    _id(),
    Column("subject", String(60), nullable=False),  # `task:ID`, or `person:ID` for the address of somebody with an account
    _ref("organisation", "organisation.id", nullable=True),
    _text("reason"),
    _ref("proposed_by", "person.id"),
    _text("proposed_at"),
    Column("status", String(10), CheckConstraint("status IN ('open','refused','done')", name="status"), nullable=False),
    _ref("decided_by", "person.id", nullable=True),
    _text("decided_at", nullable=True),
    _text("decision_reason", nullable=True),
    Index(None, "subject"),
)

# --- finding (decision 0026): what can be searched, made from the rows above and the history; it can be thrown away at any time -------

search_text = Table(
    "search_text",
    metadata,
    Column("kind", String(20), primary_key=True),  # directive, document, task, report, comment
    Column("subject", String(64), primary_key=True),
    Column("directive", String(36), nullable=True),
    Column("organisation", String(36), nullable=True),
    Column("instance", String(36), nullable=True),
    _text("role", nullable=True),
    _text("at"),
    _text("folded"),  # words without marks and case, each between spaces; before the texts, which are not read to find them
    _text("title"),
    _text("text"),
    Index(None, "subject"),
)
search_mark = Table(  # how far the history has been read for it
    "search_mark",
    metadata,
    Column("log", String(60), primary_key=True),
    _integer("seq"),
)

# --- seeing processes run (engine/audit/running_counts.py): made from the history together with the search; it can be thrown away with it ---

element_count = Table(  # how often, of all cases of a version; nothing of who
    "element_count",
    metadata,
    Column("definition_version", ForeignKey("definition_version.id"), primary_key=True),
    Column("element", String(200), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("kind", String(10), primary_key=True),  # left, task, wait
    Column("spent", Integer, primary_key=True),  # tenths of a working hour, of tasks and waits
    _integer("number"),
)
