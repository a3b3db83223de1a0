"""The first schema. Written by engine/storage/migrations/freeze.py; not edited by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_day',
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('off','swapped')", name=op.f('ck_calendar_day_kind')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_calendar_day'))
    )
    op.create_table('checkpoint',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('frontier', sa.Text(), nullable=False),
    sa.Column('made_at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('log', 'size', name=op.f('pk_checkpoint'))
    )
    op.create_table('checkpoint_place',
    sa.Column('place', sa.String(length=400), nullable=False),
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('written_at', sa.Text(), nullable=True),
    sa.Column('failed_at', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('place', 'log', name=op.f('pk_checkpoint_place'))
    )
    op.create_table('command',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_command'))
    )
    op.create_table('definition_file',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_definition_file'))
    )
    op.create_table('definition_version',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('deployed_at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_definition_version')),
    sa.UniqueConstraint('key', 'sha256', name=op.f('uq_definition_version_key_sha256')),
    sa.UniqueConstraint('key', 'version', name=op.f('uq_definition_version_key_version'))
    )
    op.create_table('document',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_document'))
    )
    op.create_table('history_head',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=False),
    sa.Column('succeeded_by', sa.String(length=60), nullable=True),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('record_hash', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', sa.Text(), nullable=False),
    sa.Column('key_id', sa.String(length=8), nullable=True),
    sa.Column('offset_ms', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('log', name=op.f('pk_history_head'))
    )
    op.create_table('history_record',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('record_hash', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('instance', sa.Text(), nullable=True),
    sa.Column('key_id', sa.String(length=8), nullable=True),
    sa.Column('signature', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('log', 'seq', name=op.f('pk_history_record'))
    )
    op.create_index(op.f('ix_history_record_actor'), 'history_record', ['actor'], unique=False)
    op.create_index(op.f('ix_history_record_instance'), 'history_record', ['instance'], unique=False)
    op.create_index(op.f('ix_history_record_subject'), 'history_record', ['subject'], unique=False)
    op.create_table('history_stream',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('stream_seq', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('record_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('log', 'stream', 'stream_seq', name=op.f('pk_history_stream'))
    )
    op.create_table('indicator_set',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('retired_at', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_set'))
    )
    op.create_table('office_hours',
    sa.Column('valid_from', sa.String(length=10), nullable=False),
    sa.Column('opens', sa.String(length=5), nullable=False),
    sa.Column('closes', sa.String(length=5), nullable=False),
    sa.PrimaryKeyConstraint('valid_from', 'opens', name=op.f('pk_office_hours'))
    )
    op.create_table('organisation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('code', sa.String(length=100), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('symbol', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Text(), nullable=False),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('represented_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['represented_by'], ['organisation.id'], name=op.f('fk_organisation_represented_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('code', name=op.f('uq_organisation_code'))
    )
    op.create_index('ix_organisation_represented', 'organisation', ['represented_by'], unique=False, sqlite_where=sa.text('represented_by IS NOT NULL'), postgresql_where=sa.text('represented_by IS NOT NULL'))
    op.create_table('permission',
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('action', 'role', 'relation', name=op.f('pk_permission'))
    )
    op.create_table('person',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('login', sa.String(length=100), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('login', name=op.f('uq_person_login'))
    )
    op.create_table('process_withdrawal',
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('from_day', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('process', name=op.f('pk_process_withdrawal'))
    )
    op.create_table('retention_class',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('years', sa.Integer(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_retention_class'))
    )
    op.create_table('search_mark',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('log', name=op.f('pk_search_mark'))
    )
    op.create_table('search_text',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('directive', sa.String(length=36), nullable=True),
    sa.Column('organisation', sa.String(length=36), nullable=True),
    sa.Column('instance', sa.String(length=36), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('folded', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'subject', name=op.f('pk_search_text'))
    )
    op.create_index(op.f('ix_search_text_subject'), 'search_text', ['subject'], unique=False)
    op.create_table('separation',
    sa.Column('earlier', sa.String(length=60), nullable=False),
    sa.Column('later', sa.String(length=60), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('exempt', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('earlier', 'later', name=op.f('pk_separation'))
    )
    op.create_table('setting',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_setting'))
    )
    op.create_table('sign_in_failure',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('about', sa.String(length=64), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure'))
    )
    op.create_index(op.f('ix_sign_in_failure_about_at'), 'sign_in_failure', ['about', 'at'], unique=False)
    op.create_table('stream_head',
    sa.Column('log', sa.String(length=60), nullable=False),
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('stream_seq', sa.Integer(), nullable=False),
    sa.Column('record_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('log', 'stream', name=op.f('pk_stream_head'))
    )
    op.create_table('worker',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('started_at', sa.Text(), nullable=False),
    sa.Column('swept_at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_worker'))
    )
    op.create_table('access_token',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.Text(), nullable=True),
    sa.Column('revoked_at', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('api','calendar')", name=op.f('ck_access_token_kind')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_access_token_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_access_token_token_hash'))
    )
    op.create_index(op.f('ix_access_token_person'), 'access_token', ['person'], unique=False)
    op.create_table('account',
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('must_change', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.Text(), nullable=False),
    sa.Column('disabled_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_account_person')),
    sa.PrimaryKeyConstraint('person', name=op.f('pk_account'))
    )
    op.create_table('carried_input',
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('files', sa.Text(), nullable=False),
    sa.Column('kept_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_carried_input_person')),
    sa.PrimaryKeyConstraint('person', name=op.f('pk_carried_input'))
    )
    op.create_table('committee_term',
    sa.Column('organisation', sa.String(length=36), nullable=False),
    sa.Column('begins', sa.String(length=10), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_committee_term_organisation')),
    sa.PrimaryKeyConstraint('organisation', 'begins', name=op.f('pk_committee_term')),
    sa.UniqueConstraint('organisation', 'label', name=op.f('uq_committee_term_organisation_label'))
    )
    op.create_table('consolidation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('report_type', sa.String(length=200), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('cutoff', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('outdated_at', sa.Text(), nullable=True),
    sa.Column('closed_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_consolidation_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consolidation')),
    sa.UniqueConstraint('organisation', 'report_type', 'period', name=op.f('uq_consolidation_organisation_report_type_period'))
    )
    op.create_table('definition_part',
    sa.Column('definition_version', sa.String(length=36), nullable=False),
    sa.Column('path', sa.String(length=300), nullable=False),
    sa.Column('file', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['definition_version'], ['definition_version.id'], name=op.f('fk_definition_part_definition_version')),
    sa.ForeignKeyConstraint(['file'], ['definition_file.sha256'], name=op.f('fk_definition_part_file')),
    sa.PrimaryKeyConstraint('definition_version', 'path', name=op.f('pk_definition_part'))
    )
    op.create_table('definition_start',
    sa.Column('definition_version', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.CheckConstraint("kind IN ('message','signal')", name=op.f('ck_definition_start_kind')),
    sa.ForeignKeyConstraint(['definition_version'], ['definition_version.id'], name=op.f('fk_definition_start_definition_version')),
    sa.PrimaryKeyConstraint('definition_version', 'kind', 'name', name=op.f('pk_definition_start'))
    )
    op.create_index(op.f('ix_definition_start_name'), 'definition_start', ['name'], unique=False)
    op.create_table('directive',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('root', sa.String(length=200), nullable=False),
    sa.Column('parent', sa.String(length=200), nullable=True),
    sa.Column('follows_up', sa.String(length=200), nullable=True),
    sa.Column('issuer', sa.String(length=200), nullable=False),
    sa.Column('process', sa.Text(), nullable=False),
    sa.Column('doc_type', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('symbol', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('issued_date', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=True),
    sa.Column('reading', sa.Text(), nullable=True),
    sa.Column('sunset', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.CheckConstraint("status IN ('issued','closed','recalled','replaced')", name=op.f('ck_directive_status')),
    sa.ForeignKeyConstraint(['document'], ['document.sha256'], name=op.f('fk_directive_document')),
    sa.ForeignKeyConstraint(['follows_up'], ['directive.id'], name=op.f('fk_directive_follows_up')),
    sa.ForeignKeyConstraint(['issuer'], ['organisation.id'], name=op.f('fk_directive_issuer')),
    sa.ForeignKeyConstraint(['parent'], ['directive.id'], name=op.f('fk_directive_parent')),
    sa.ForeignKeyConstraint(['root'], ['directive.id'], name=op.f('fk_directive_root')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directive'))
    )
    op.create_index(op.f('ix_directive_follows_up'), 'directive', ['follows_up'], unique=False)
    op.create_index(op.f('ix_directive_issuer_status'), 'directive', ['issuer', 'status'], unique=False)
    op.create_index(op.f('ix_directive_parent'), 'directive', ['parent'], unique=False)
    op.create_index(op.f('ix_directive_root'), 'directive', ['root'], unique=False)
    op.create_table('draft',
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_draft_person')),
    sa.PrimaryKeyConstraint('place', 'person', name=op.f('pk_draft'))
    )
    op.create_table('element_count',
    sa.Column('definition_version', sa.String(length=36), nullable=False),
    sa.Column('element', sa.String(length=200), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('spent', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['definition_version'], ['definition_version.id'], name=op.f('fk_element_count_definition_version')),
    sa.PrimaryKeyConstraint('definition_version', 'element', 'month', 'kind', 'spent', name=op.f('pk_element_count'))
    )
    op.create_table('erasure',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.String(length=200), nullable=False),
    sa.Column('proposed_at', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('open','refused','done')", name=op.f('ck_erasure_status')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_erasure_decided_by')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_erasure_organisation')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_erasure_proposed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_index(op.f('ix_erasure_subject'), 'erasure', ['subject'], unique=False)
    op.create_table('identity',
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('linked_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_identity_person')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_identity'))
    )
    op.create_table('indicator_set_row',
    sa.Column('indicator_set', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('aggregation', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['indicator_set'], ['indicator_set.id'], name=op.f('fk_indicator_set_row_indicator_set')),
    sa.PrimaryKeyConstraint('indicator_set', 'key', name=op.f('pk_indicator_set_row'))
    )
    op.create_table('mail_choice',
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('digest', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_mail_choice_person')),
    sa.PrimaryKeyConstraint('person', name=op.f('pk_mail_choice'))
    )
    op.create_table('organisation_edge',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('parent', sa.String(length=200), nullable=False),
    sa.Column('child', sa.String(length=200), nullable=False),
    sa.Column('line', sa.String(length=20), nullable=True),
    sa.Column('valid_from', sa.Text(), nullable=False),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.CheckConstraint("line IN ('committee','professional','government')", name=op.f('ck_organisation_edge_line')),
    sa.ForeignKeyConstraint(['child'], ['organisation.id'], name=op.f('fk_organisation_edge_child')),
    sa.ForeignKeyConstraint(['parent'], ['organisation.id'], name=op.f('fk_organisation_edge_parent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation_edge'))
    )
    op.create_index(op.f('ix_organisation_edge_child'), 'organisation_edge', ['child'], unique=False)
    op.create_index(op.f('ix_organisation_edge_parent'), 'organisation_edge', ['parent'], unique=False)
    op.create_table('password_link',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=True),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.Text(), nullable=False),
    sa.Column('used_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_password_link_made_by')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_password_link_person')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_password_link'))
    )
    op.create_index(op.f('ix_password_link_person'), 'password_link', ['person'], unique=False)
    op.create_table('post',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_post_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post'))
    )
    op.create_index(op.f('ix_post_organisation'), 'post', ['organisation'], unique=False)
    op.create_table('proposal',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.String(length=200), nullable=False),
    sa.Column('proposed_for', sa.String(length=200), nullable=True),
    sa.Column('proposed_at', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('deploy','migrate','repair','withdraw')", name=op.f('ck_proposal_kind')),
    sa.CheckConstraint("status IN ('open','approved','refused','withdrawn')", name=op.f('ck_proposal_status')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_proposal_decided_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_proposal_proposed_by')),
    sa.ForeignKeyConstraint(['proposed_for'], ['person.id'], name=op.f('fk_proposal_proposed_for')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal'))
    )
    op.create_index(op.f('ix_proposal_status'), 'proposal', ['status'], unique=False)
    op.create_table('recipient_group',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['owner'], ['organisation.id'], name=op.f('fk_recipient_group_owner')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recipient_group')),
    sa.UniqueConstraint('owner', 'code', name=op.f('uq_recipient_group_owner_code'))
    )
    op.create_table('register_book',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('direction', sa.String(length=10), nullable=False),
    sa.Column('doc_type', sa.String(length=60), nullable=False),
    sa.Column('term', sa.String(length=40), nullable=False),
    sa.Column('next_number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_register_book_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_book')),
    sa.UniqueConstraint('organisation', 'direction', 'doc_type', 'term', name=op.f('uq_register_book_organisation_direction_doc_type_term'))
    )
    op.create_table('report',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('report_type', sa.String(length=200), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('awaits_below', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('due_date', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_report_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('organisation', 'report_type', 'period', name=op.f('uq_report_organisation_report_type_period'))
    )
    op.create_table('reporting_regime',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('superior', sa.String(length=200), nullable=True),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('frequency', sa.String(length=20), nullable=False),
    sa.Column('due_day', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['superior'], ['organisation.id'], name=op.f('fk_reporting_regime_superior')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reporting_regime')),
    sa.UniqueConstraint('superior', 'level', 'frequency', name=op.f('uq_reporting_regime_superior_level_frequency'))
    )
    op.create_table('retention_rule',
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('retention_class', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['retention_class'], ['retention_class.key'], name=op.f('fk_retention_rule_retention_class')),
    sa.PrimaryKeyConstraint('process', name=op.f('pk_retention_rule'))
    )
    op.create_table('saved_filter',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('page', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_saved_filter_organisation')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_saved_filter_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter'))
    )
    op.create_index(op.f('ix_saved_filter_organisation_page'), 'saved_filter', ['organisation', 'page'], unique=False)
    op.create_index(op.f('ix_saved_filter_person_page'), 'saved_filter', ['person', 'page'], unique=False)
    op.create_table('sign_in',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('method', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_sign_in_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    op.create_index(op.f('ix_sign_in_person_ended_at'), 'sign_in', ['person', 'ended_at'], unique=False)
    op.create_table('succession',
    sa.Column('predecessor', sa.String(length=36), nullable=False),
    sa.Column('successor', sa.String(length=200), nullable=False),
    sa.Column('day', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['predecessor'], ['organisation.id'], name=op.f('fk_succession_predecessor')),
    sa.ForeignKeyConstraint(['successor'], ['organisation.id'], name=op.f('fk_succession_successor')),
    sa.PrimaryKeyConstraint('predecessor', name=op.f('pk_succession'))
    )
    op.create_table('trial_scenario',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('scenario', sa.Text(), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('kept_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_trial_scenario_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trial_scenario')),
    sa.UniqueConstraint('process', 'name', name=op.f('uq_trial_scenario_process_name'))
    )
    op.create_table('change_request',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('effective_at', sa.Text(), nullable=False),
    sa.Column('new_directive', sa.String(length=200), nullable=True),
    sa.Column('cascade_of', sa.String(length=200), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('recall','amend','replace','correct')", name=op.f('ck_change_request_kind')),
    sa.CheckConstraint("status IN ('open','ended')", name=op.f('ck_change_request_status')),
    sa.ForeignKeyConstraint(['cascade_of'], ['change_request.id'], name=op.f('fk_change_request_cascade_of')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_change_request_directive')),
    sa.ForeignKeyConstraint(['new_directive'], ['directive.id'], name=op.f('fk_change_request_new_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_change_request_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_request'))
    )
    op.create_index(op.f('ix_change_request_directive'), 'change_request', ['directive'], unique=False)
    op.create_table('citation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('cited_date', sa.Text(), nullable=True),
    sa.Column('relation', sa.Text(), nullable=False),
    sa.Column('cited', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['cited'], ['directive.id'], name=op.f('fk_citation_cited')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_citation_directive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citation'))
    )
    op.create_index(op.f('ix_citation_directive'), 'citation', ['directive'], unique=False)
    op.create_table('consolidation_revision',
    sa.Column('consolidation', sa.String(length=36), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('expected', sa.Text(), nullable=False),
    sa.Column('form', sa.Text(), nullable=True),
    sa.Column('computed_at', sa.Text(), nullable=False),
    sa.Column('closed_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['consolidation'], ['consolidation.id'], name=op.f('fk_consolidation_revision_consolidation')),
    sa.PrimaryKeyConstraint('consolidation', 'revision', name=op.f('pk_consolidation_revision'))
    )
    op.create_table('consolidation_total',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('consolidation', sa.String(length=200), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('indicator', sa.String(length=60), nullable=False),
    sa.Column('computed', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('override_reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['consolidation'], ['consolidation.id'], name=op.f('fk_consolidation_total_consolidation')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_consolidation_total_directive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consolidation_total')),
    sa.UniqueConstraint('consolidation', 'revision', 'directive', 'indicator', name=op.f('uq_consolidation_total_consolidation_revision_directive_indicator'))
    )
    op.create_table('design',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('designer', sa.String(length=200), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('proposal', sa.String(length=200), nullable=True),
    sa.Column('begun_at', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('open','proposed','deployed','discarded')", name=op.f('ck_design_status')),
    sa.ForeignKeyConstraint(['designer'], ['person.id'], name=op.f('fk_design_designer')),
    sa.ForeignKeyConstraint(['proposal'], ['proposal.id'], name=op.f('fk_design_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_design'))
    )
    op.create_index(op.f('ix_design_status'), 'design', ['status'], unique=False)
    op.create_table('directive_attachment',
    sa.Column('directive', sa.String(length=36), nullable=False),
    sa.Column('attached', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['attached'], ['directive.id'], name=op.f('fk_directive_attachment_attached')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_directive_attachment_directive')),
    sa.PrimaryKeyConstraint('directive', 'attached', name=op.f('pk_directive_attachment'))
    )
    op.create_table('directive_item',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('item_no', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('addressees', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('due_date', sa.Text(), nullable=True),
    sa.Column('due_operator', sa.Text(), nullable=True),
    sa.Column('last_day', sa.Text(), nullable=True),
    sa.Column('deliverable', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_directive_item_directive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directive_item'))
    )
    op.create_index(op.f('ix_directive_item_directive'), 'directive_item', ['directive'], unique=False)
    op.create_table('dispatch',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('recipient_group', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_dispatch_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_dispatch_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch')),
    sa.UniqueConstraint('directive', 'organisation', name=op.f('uq_dispatch_directive_organisation'))
    )
    op.create_index(op.f('ix_dispatch_organisation'), 'dispatch', ['organisation'], unique=False)
    op.create_table('disposal',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('authority', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.String(length=200), nullable=False),
    sa.Column('proposed_at', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('records', sa.Integer(), nullable=True),
    sa.CheckConstraint("status IN ('open','refused','done')", name=op.f('ck_disposal_status')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_disposal_decided_by')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_disposal_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_disposal_organisation')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_disposal_proposed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disposal'))
    )
    op.create_index('uq_disposal_directive', 'disposal', ['directive'], unique=True, sqlite_where=sa.text("status <> 'refused'"), postgresql_where=sa.text("status <> 'refused'"))
    op.create_table('expected_report',
    sa.Column('consolidation', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=36), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('nil', sa.Integer(), nullable=False),
    sa.Column('returned', sa.Integer(), nullable=False),
    sa.Column('urged', sa.Integer(), nullable=False),
    sa.Column('report', sa.String(length=200), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.Column('after_cutoff', sa.String(length=12), nullable=True),
    sa.Column('carried_into', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['carried_into'], ['consolidation.id'], name=op.f('fk_expected_report_carried_into')),
    sa.ForeignKeyConstraint(['consolidation'], ['consolidation.id'], name=op.f('fk_expected_report_consolidation')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_expected_report_organisation')),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_expected_report_report')),
    sa.PrimaryKeyConstraint('consolidation', 'organisation', name=op.f('pk_expected_report'))
    )
    op.create_table('external_figure',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('indicator', sa.String(length=60), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('as_of', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_external_figure_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_external_figure_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_figure'))
    )
    op.create_index(op.f('ix_external_figure_directive'), 'external_figure', ['directive'], unique=False)
    op.create_table('holding',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('post', sa.String(length=200), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=False),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('substitute_for', sa.String(length=200), nullable=True),
    sa.Column('limits', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_holding_person')),
    sa.ForeignKeyConstraint(['post'], ['post.id'], name=op.f('fk_holding_post')),
    sa.ForeignKeyConstraint(['substitute_for'], ['person.id'], name=op.f('fk_holding_substitute_for')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holding'))
    )
    op.create_index(op.f('ix_holding_person'), 'holding', ['person'], unique=False)
    op.create_index(op.f('ix_holding_post'), 'holding', ['post'], unique=False)
    op.create_table('indicator',
    sa.Column('directive', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('aggregation', sa.String(length=10), nullable=False),
    sa.Column('required', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('numerator', sa.Text(), nullable=True),
    sa.Column('denominator', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_indicator_directive')),
    sa.PrimaryKeyConstraint('directive', 'key', name=op.f('pk_indicator'))
    )
    op.create_table('instance',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('definition_version', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('business_key', sa.Text(), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('period', sa.String(length=10), nullable=True),
    sa.Column('roots', sa.Text(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('started_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('active','ended')", name=op.f('ck_instance_status')),
    sa.ForeignKeyConstraint(['definition_version'], ['definition_version.id'], name=op.f('fk_instance_definition_version')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_instance_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_instance_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instance'))
    )
    op.create_index(op.f('ix_instance_definition_version_status'), 'instance', ['definition_version', 'status'], unique=False)
    op.create_index(op.f('ix_instance_directive'), 'instance', ['directive'], unique=False)
    op.create_index(op.f('ix_instance_organisation_status'), 'instance', ['organisation', 'status'], unique=False)
    op.create_table('migration',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('process', sa.Text(), nullable=False),
    sa.Column('target', sa.String(length=200), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('moved', sa.Integer(), nullable=False),
    sa.Column('started_by', sa.Text(), nullable=False),
    sa.Column('started_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.Column('proposal', sa.String(length=200), nullable=True),
    sa.CheckConstraint("status IN ('running','ended')", name=op.f('ck_migration_status')),
    sa.ForeignKeyConstraint(['proposal'], ['proposal.id'], name=op.f('fk_migration_proposal')),
    sa.ForeignKeyConstraint(['target'], ['definition_version.id'], name=op.f('fk_migration_target')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_migration'))
    )
    op.create_index(op.f('ix_migration_status'), 'migration', ['status'], unique=False)
    op.create_table('milestone',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('process', sa.Text(), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('appraiser', sa.String(length=200), nullable=True),
    sa.Column('approver', sa.String(length=200), nullable=True),
    sa.Column('partner', sa.Text(), nullable=True),
    sa.Column('due_date', sa.Text(), nullable=True),
    sa.Column('due_operator', sa.Text(), nullable=True),
    sa.Column('last_day', sa.Text(), nullable=True),
    sa.Column('original_due', sa.Text(), nullable=True),
    sa.Column('extensions', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('appraise_last_day', sa.Text(), nullable=True),
    sa.Column('approve_last_day', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('returned', sa.Integer(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.Text(), nullable=True),
    sa.Column('reached_at', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('waiting','open','submitted','accepted','proposed','approved','reached','rejected','cancelled')", name=op.f('ck_milestone_status')),
    sa.ForeignKeyConstraint(['appraiser'], ['organisation.id'], name=op.f('fk_milestone_appraiser')),
    sa.ForeignKeyConstraint(['approver'], ['organisation.id'], name=op.f('fk_milestone_approver')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_milestone_directive')),
    sa.ForeignKeyConstraint(['owner'], ['organisation.id'], name=op.f('fk_milestone_owner')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestone')),
    sa.UniqueConstraint('directive', 'key', name=op.f('uq_milestone_directive_key'))
    )
    op.create_table('obligation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('superior', sa.String(length=200), nullable=False),
    sa.Column('report_type', sa.String(length=200), nullable=False),
    sa.Column('frequency', sa.String(length=20), nullable=False),
    sa.Column('first_period', sa.String(length=10), nullable=False),
    sa.Column('end_period', sa.String(length=10), nullable=True),
    sa.Column('next_period', sa.String(length=10), nullable=False),
    sa.Column('due_date', sa.Text(), nullable=True),
    sa.Column('original_due', sa.Text(), nullable=True),
    sa.Column('original_end_period', sa.Text(), nullable=True),
    sa.Column('extensions', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('opens_on', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.CheckConstraint("status IN ('open','closed')", name=op.f('ck_obligation_status')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_obligation_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_obligation_organisation')),
    sa.ForeignKeyConstraint(['superior'], ['organisation.id'], name=op.f('fk_obligation_superior')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligation')),
    sa.UniqueConstraint('directive', 'organisation', name=op.f('uq_obligation_directive_organisation'))
    )
    op.create_index('ix_obligation_open', 'obligation', ['next_period'], unique=False, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_obligation_opens_on', 'obligation', ['opens_on'], unique=False, sqlite_where=sa.text("status = 'open' AND opens_on IS NOT NULL"), postgresql_where=sa.text("status = 'open' AND opens_on IS NOT NULL"))
    op.create_index(op.f('ix_obligation_organisation_report_type'), 'obligation', ['organisation', 'report_type'], unique=False)
    op.create_index(op.f('ix_obligation_superior_report_type'), 'obligation', ['superior', 'report_type'], unique=False)
    op.create_table('post_role',
    sa.Column('post', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['post'], ['post.id'], name=op.f('fk_post_role_post')),
    sa.PrimaryKeyConstraint('post', 'role', name=op.f('pk_post_role'))
    )
    op.create_table('receipt_source',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('arrived_at', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('same_as', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_receipt_source_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_receipt_source_organisation')),
    sa.ForeignKeyConstraint(['same_as'], ['directive.id'], name=op.f('fk_receipt_source_same_as')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_source'))
    )
    op.create_index(op.f('ix_receipt_source_directive_organisation'), 'receipt_source', ['directive', 'organisation'], unique=False)
    op.create_table('recipient_group_member',
    sa.Column('recipient_group', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=36), nullable=False),
    sa.Column('reports', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_recipient_group_member_organisation')),
    sa.ForeignKeyConstraint(['recipient_group'], ['recipient_group.id'], name=op.f('fk_recipient_group_member_recipient_group')),
    sa.PrimaryKeyConstraint('recipient_group', 'organisation', name=op.f('pk_recipient_group_member'))
    )
    op.create_table('register_entry',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('register_book', sa.String(length=200), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('report', sa.String(length=200), nullable=True),
    sa.Column('entry_date', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('doc_type', sa.Text(), nullable=True),
    sa.Column('author', sa.Text(), nullable=True),
    sa.Column('doc_date', sa.Text(), nullable=True),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('signer', sa.Text(), nullable=True),
    sa.Column('handed_to', sa.Text(), nullable=True),
    sa.Column('handed_on', sa.Text(), nullable=True),
    sa.Column('copies', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('voided_at', sa.Text(), nullable=True),
    sa.Column('void_reason', sa.Text(), nullable=True),
    sa.Column('cancelled_at', sa.Text(), nullable=True),
    sa.Column('cancel_reason', sa.Text(), nullable=True),
    sa.Column('frozen_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_register_entry_directive')),
    sa.ForeignKeyConstraint(['register_book'], ['register_book.id'], name=op.f('fk_register_entry_register_book')),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_register_entry_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_entry')),
    sa.UniqueConstraint('register_book', 'number', name=op.f('uq_register_entry_register_book_number'))
    )
    op.create_table('report_revision',
    sa.Column('report', sa.String(length=36), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('general_assessment', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('submitted_at', sa.Text(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), server_default=sa.text("'regular'"), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_report_revision_report')),
    sa.PrimaryKeyConstraint('report', 'revision', name=op.f('pk_report_revision'))
    )
    op.create_table('retention_hold',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('person', sa.String(length=200), nullable=True),
    sa.Column('from_day', sa.String(length=10), nullable=True),
    sa.Column('to_day', sa.String(length=10), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=200), nullable=False),
    sa.Column('set_at', sa.Text(), nullable=False),
    sa.Column('lifted_by', sa.String(length=200), nullable=True),
    sa.Column('lifted_at', sa.Text(), nullable=True),
    sa.Column('lift_reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_retention_hold_directive')),
    sa.ForeignKeyConstraint(['lifted_by'], ['person.id'], name=op.f('fk_retention_hold_lifted_by')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_retention_hold_person')),
    sa.ForeignKeyConstraint(['set_by'], ['person.id'], name=op.f('fk_retention_hold_set_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_hold'))
    )
    op.create_table('sealed_value',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.Text(), nullable=False),
    sa.Column('erased_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_sealed_value_directive')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_sealed_value_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sealed_value'))
    )
    op.create_index(op.f('ix_sealed_value_directive'), 'sealed_value', ['directive'], unique=False)
    op.create_index(op.f('ix_sealed_value_subject'), 'sealed_value', ['subject'], unique=False)
    op.create_table('signed_file',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('report', sa.String(length=200), nullable=True),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('attached_by', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('attached_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['attached_by'], ['person.id'], name=op.f('fk_signed_file_attached_by')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_signed_file_directive')),
    sa.ForeignKeyConstraint(['document'], ['document.sha256'], name=op.f('fk_signed_file_document')),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_signed_file_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signed_file'))
    )
    op.create_index(op.f('ix_signed_file_directive'), 'signed_file', ['directive'], unique=False)
    op.create_index(op.f('ix_signed_file_report'), 'signed_file', ['report'], unique=False)
    op.create_table('submission',
    sa.Column('report', sa.String(length=36), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('superior', sa.String(length=36), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('submitted_at', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_submission_report')),
    sa.ForeignKeyConstraint(['superior'], ['organisation.id'], name=op.f('fk_submission_superior')),
    sa.PrimaryKeyConstraint('report', 'revision', 'superior', name=op.f('pk_submission'))
    )
    op.create_index(op.f('ix_submission_superior_status'), 'submission', ['superior', 'status'], unique=False)
    op.create_table('assignment',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('item', sa.String(length=200), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('lead', sa.String(length=200), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('due_at', sa.Text(), nullable=True),
    sa.Column('original_due', sa.Text(), nullable=True),
    sa.Column('extensions', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_assignment_directive')),
    sa.ForeignKeyConstraint(['item'], ['directive_item.id'], name=op.f('fk_assignment_item')),
    sa.ForeignKeyConstraint(['lead'], ['post.id'], name=op.f('fk_assignment_lead')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_assignment_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment'))
    )
    op.create_index(op.f('ix_assignment_directive_organisation'), 'assignment', ['directive', 'organisation'], unique=False)
    op.create_table('change_answer',
    sa.Column('change_request', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=36), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('already_done', sa.Text(), nullable=True),
    sa.Column('diff', sa.Text(), nullable=True),
    sa.Column('answered_at', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('pending','agreed','refused')", name=op.f('ck_change_answer_status')),
    sa.ForeignKeyConstraint(['change_request'], ['change_request.id'], name=op.f('fk_change_answer_change_request')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_change_answer_organisation')),
    sa.PrimaryKeyConstraint('change_request', 'organisation', name=op.f('pk_change_answer'))
    )
    op.create_index(op.f('ix_change_answer_organisation'), 'change_answer', ['organisation'], unique=False)
    op.create_table('design_file',
    sa.Column('design', sa.String(length=36), nullable=False),
    sa.Column('path', sa.String(length=300), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('base', sa.String(length=64), nullable=True),
    sa.Column('edition', sa.Integer(), nullable=False),
    sa.Column('kept_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['design'], ['design.id'], name=op.f('fk_design_file_design')),
    sa.PrimaryKeyConstraint('design', 'path', name=op.f('pk_design_file'))
    )
    op.create_index(op.f('ix_design_file_path'), 'design_file', ['path'], unique=False)
    op.create_table('effect',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=80), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('roots', sa.Text(), nullable=False),
    sa.Column('tells', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.Text(), nullable=True),
    sa.Column('lease_until', sa.Text(), nullable=True),
    sa.Column('lease_by', sa.String(length=60), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('sent_at', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('email','webhook')", name=op.f('ck_effect_kind')),
    sa.CheckConstraint("status IN ('open','sending','sent','unsure','dead','dropped')", name=op.f('ck_effect_status')),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_effect_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_effect_organisation')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_effect'))
    )
    op.create_index(op.f('ix_effect_instance'), 'effect', ['instance'], unique=False)
    op.create_index(op.f('ix_effect_status_channel_next_at'), 'effect', ['status', 'channel', 'next_at'], unique=False)
    op.create_table('element_remark',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('process', sa.String(length=100), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('design', sa.String(length=200), nullable=True),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', sa.Text(), nullable=False),
    sa.Column('settled_by', sa.String(length=200), nullable=True),
    sa.Column('settled_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['design'], ['design.id'], name=op.f('fk_element_remark_design')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_element_remark_person')),
    sa.ForeignKeyConstraint(['settled_by'], ['person.id'], name=op.f('fk_element_remark_settled_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_element_remark'))
    )
    op.create_index(op.f('ix_element_remark_process'), 'element_remark', ['process'], unique=False)
    op.create_table('inbox',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('idempotency', sa.String(length=300), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('roots', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('consumed_ver', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_inbox_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_inbox_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('idempotency', name=op.f('uq_inbox_idempotency'))
    )
    op.create_index(op.f('ix_inbox_name_key'), 'inbox', ['name', 'key'], unique=False)
    op.create_index('ix_inbox_unread', 'inbox', ['kind', 'created_at'], unique=False, sqlite_where=sa.text('consumed_ver IS NULL'), postgresql_where=sa.text('consumed_ver IS NULL'))
    op.create_index('ix_inbox_unread_instance', 'inbox', ['instance'], unique=False, sqlite_where=sa.text('consumed_ver IS NULL'), postgresql_where=sa.text('consumed_ver IS NULL'))
    op.create_table('incident',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('work', sa.String(length=60), nullable=False),
    sa.Column('token', sa.String(length=60), nullable=True),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('call_path', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_attempt', sa.Text(), nullable=True),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('failed_at', sa.Text(), nullable=False),
    sa.Column('resolved_at', sa.Text(), nullable=True),
    sa.Column('resolution', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_incident_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_incident_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    op.create_index(op.f('ix_incident_instance'), 'incident', ['instance'], unique=False)
    op.create_index(op.f('ix_incident_resolved_at'), 'incident', ['resolved_at'], unique=False)
    op.create_index('uq_incident_work', 'incident', ['work'], unique=True, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
    op.create_table('migration_refusal',
    sa.Column('migration', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=36), nullable=False),
    sa.Column('reasons', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_migration_refusal_instance')),
    sa.ForeignKeyConstraint(['migration'], ['migration.id'], name=op.f('fk_migration_refusal_migration')),
    sa.PrimaryKeyConstraint('migration', 'instance', name=op.f('pk_migration_refusal'))
    )
    op.create_table('milestone_dependency',
    sa.Column('milestone', sa.String(length=36), nullable=False),
    sa.Column('depends_on', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['depends_on'], ['milestone.id'], name=op.f('fk_milestone_dependency_depends_on')),
    sa.ForeignKeyConstraint(['milestone'], ['milestone.id'], name=op.f('fk_milestone_dependency_milestone')),
    sa.PrimaryKeyConstraint('milestone', 'depends_on', name=op.f('pk_milestone_dependency'))
    )
    op.create_index(op.f('ix_milestone_dependency_depends_on'), 'milestone_dependency', ['depends_on'], unique=False)
    op.create_table('milestone_version',
    sa.Column('milestone', sa.String(length=36), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('submitted_at', sa.Text(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('comments', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_milestone_version_decided_by')),
    sa.ForeignKeyConstraint(['document'], ['document.sha256'], name=op.f('fk_milestone_version_document')),
    sa.ForeignKeyConstraint(['milestone'], ['milestone.id'], name=op.f('fk_milestone_version_milestone')),
    sa.PrimaryKeyConstraint('milestone', 'version', name=op.f('pk_milestone_version'))
    )
    op.create_table('opened_section',
    sa.Column('report', sa.String(length=36), nullable=False),
    sa.Column('obligation', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['obligation'], ['obligation.id'], name=op.f('fk_opened_section_obligation')),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_opened_section_report')),
    sa.PrimaryKeyConstraint('report', 'obligation', name=op.f('pk_opened_section'))
    )
    op.create_index(op.f('ix_opened_section_obligation'), 'opened_section', ['obligation'], unique=False)
    op.create_table('operation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parameters', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('part', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('progress', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('open','done','skipped','cancelled')", name=op.f('ck_operation_status')),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_operation_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operation'))
    )
    op.create_index(op.f('ix_operation_instance_status'), 'operation', ['instance', 'status'], unique=False)
    op.create_index('ix_operation_open', 'operation', ['created_at', 'id'], unique=False, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
    op.create_table('reminder',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('from_organisation', sa.String(length=200), nullable=True),
    sa.Column('instance', sa.String(length=200), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('urge_level', sa.Integer(), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=True),
    sa.Column('consolidation', sa.String(length=200), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('new_due', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['consolidation'], ['consolidation.id'], name=op.f('fk_reminder_consolidation')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_reminder_directive')),
    sa.ForeignKeyConstraint(['from_organisation'], ['organisation.id'], name=op.f('fk_reminder_from_organisation')),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_reminder_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_reminder_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder'))
    )
    op.create_index(op.f('ix_reminder_directive_organisation'), 'reminder', ['directive', 'organisation'], unique=False)
    op.create_index(op.f('ix_reminder_organisation_about'), 'reminder', ['organisation', 'about'], unique=False)
    op.create_index('uq_reminder_urge', 'reminder', ['organisation', 'about', 'number'], unique=True, sqlite_where=sa.text('urge_level > 0'), postgresql_where=sa.text('urge_level > 0'))
    op.create_table('report_section',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('report', sa.String(length=200), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('obligation', sa.String(length=200), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('assessment', sa.Text(), nullable=False),
    sa.Column('narrative', sa.Text(), nullable=False),
    sa.Column('nil_reason', sa.Text(), nullable=True),
    sa.Column('difficulties', sa.Text(), nullable=False),
    sa.Column('proposals', sa.Text(), nullable=False),
    sa.Column('next_tasks', sa.Text(), nullable=False),
    sa.Column('same_as', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_report_section_directive')),
    sa.ForeignKeyConstraint(['obligation'], ['obligation.id'], name=op.f('fk_report_section_obligation')),
    sa.ForeignKeyConstraint(['report'], ['report.id'], name=op.f('fk_report_section_report')),
    sa.ForeignKeyConstraint(['same_as'], ['obligation.id'], name=op.f('fk_report_section_same_as')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_section')),
    sa.UniqueConstraint('report', 'revision', 'obligation', name=op.f('uq_report_section_report_revision_obligation'))
    )
    op.create_table('subscription',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=10), server_default=sa.text("'message'"), nullable=False),
    sa.Column('message', sa.String(length=300), nullable=False),
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.CheckConstraint("kind IN ('message','signal')", name=op.f('ck_subscription_kind')),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_subscription_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_subscription_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription'))
    )
    op.create_index(op.f('ix_subscription_instance'), 'subscription', ['instance'], unique=False)
    op.create_index(op.f('ix_subscription_message_key'), 'subscription', ['message', 'key'], unique=False)
    op.create_table('timer',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('due_at', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_timer_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timer'))
    )
    op.create_index(op.f('ix_timer_instance_status'), 'timer', ['instance', 'status'], unique=False)
    op.create_index('ix_timer_open', 'timer', ['due_at'], unique=False, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
    op.create_table('user_task',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=10), server_default=sa.text("'task'"), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('form', sa.Text(), nullable=False),
    sa.Column('context', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('assignee', sa.String(length=200), nullable=True),
    sa.Column('due_at', sa.Text(), nullable=True),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('completed_at', sa.Text(), nullable=True),
    sa.Column('completed_ver', sa.Integer(), nullable=True),
    sa.Column('completed_by', sa.String(length=200), nullable=True),
    sa.Column('completed_for', sa.String(length=200), nullable=True),
    sa.Column('entered_by_unit', sa.String(length=200), nullable=True),
    sa.Column('exempted', sa.Text(), nullable=True),
    sa.Column('data', sa.Text(), nullable=True),
    sa.Column('withdrawn', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('task','choice')", name=op.f('ck_user_task_kind')),
    sa.CheckConstraint("status IN ('open','completed','cancelled')", name=op.f('ck_user_task_status')),
    sa.ForeignKeyConstraint(['assignee'], ['person.id'], name=op.f('fk_user_task_assignee')),
    sa.ForeignKeyConstraint(['completed_by'], ['person.id'], name=op.f('fk_user_task_completed_by')),
    sa.ForeignKeyConstraint(['completed_for'], ['person.id'], name=op.f('fk_user_task_completed_for')),
    sa.ForeignKeyConstraint(['entered_by_unit'], ['organisation.id'], name=op.f('fk_user_task_entered_by_unit')),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_user_task_instance')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_user_task_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_task'))
    )
    op.create_index('ix_user_task_done', 'user_task', ['completed_by', 'completed_at'], unique=False, sqlite_where=sa.text("status = 'completed'"), postgresql_where=sa.text("status = 'completed'"))
    op.create_index(op.f('ix_user_task_element_status_instance'), 'user_task', ['element', 'status', 'instance'], unique=False)
    op.create_index(op.f('ix_user_task_instance_status'), 'user_task', ['instance', 'status'], unique=False)
    op.create_index(op.f('ix_user_task_organisation_status_role'), 'user_task', ['organisation', 'status', 'role'], unique=False)
    op.create_table('activity',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('assignment', sa.String(length=200), nullable=False),
    sa.Column('activity_date', sa.Text(), nullable=False),
    sa.Column('narrative', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['assignment'], ['assignment.id'], name=op.f('fk_activity_assignment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity'))
    )
    op.create_table('assignment_support',
    sa.Column('assignment', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['assignment'], ['assignment.id'], name=op.f('fk_assignment_support_assignment')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_assignment_support_organisation')),
    sa.PrimaryKeyConstraint('assignment', 'organisation', name=op.f('pk_assignment_support'))
    )
    op.create_table('comment',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('task', sa.String(length=200), nullable=True),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['instance'], ['instance.id'], name=op.f('fk_comment_instance')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_comment_person')),
    sa.ForeignKeyConstraint(['task'], ['user_task.id'], name=op.f('fk_comment_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment'))
    )
    op.create_index(op.f('ix_comment_instance'), 'comment', ['instance'], unique=False)
    op.create_table('difficulty',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('superior', sa.String(length=200), nullable=False),
    sa.Column('assignment', sa.String(length=200), nullable=True),
    sa.Column('escalated_from', sa.String(length=200), nullable=True),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('impact', sa.Text(), nullable=True),
    sa.Column('proposal', sa.Text(), nullable=False),
    sa.Column('proposed_due', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('raised_at', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('new_due', sa.Text(), nullable=True),
    sa.Column('reassigned_to', sa.String(length=200), nullable=True),
    sa.Column('answered_at', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('open','escalated','answered')", name=op.f('ck_difficulty_status')),
    sa.ForeignKeyConstraint(['assignment'], ['assignment.id'], name=op.f('fk_difficulty_assignment')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_difficulty_directive')),
    sa.ForeignKeyConstraint(['escalated_from'], ['difficulty.id'], name=op.f('fk_difficulty_escalated_from')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_difficulty_organisation')),
    sa.ForeignKeyConstraint(['reassigned_to'], ['organisation.id'], name=op.f('fk_difficulty_reassigned_to')),
    sa.ForeignKeyConstraint(['superior'], ['organisation.id'], name=op.f('fk_difficulty_superior')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_difficulty'))
    )
    op.create_index(op.f('ix_difficulty_directive_organisation'), 'difficulty', ['directive', 'organisation'], unique=False)
    op.create_index(op.f('ix_difficulty_superior_status'), 'difficulty', ['superior', 'status'], unique=False)
    op.create_table('extension',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('directive', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('superior', sa.String(length=200), nullable=False),
    sa.Column('assignment', sa.String(length=200), nullable=True),
    sa.Column('obligation', sa.String(length=200), nullable=True),
    sa.Column('milestone', sa.String(length=200), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('old_due', sa.Text(), nullable=False),
    sa.Column('new_due', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('explanation', sa.Text(), nullable=True),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.Text(), nullable=False),
    sa.Column('decision', sa.String(length=10), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.Text(), nullable=True),
    sa.CheckConstraint("decision IN ('granted','refused')", name=op.f('ck_extension_decision')),
    sa.ForeignKeyConstraint(['assignment'], ['assignment.id'], name=op.f('fk_extension_assignment')),
    sa.ForeignKeyConstraint(['directive'], ['directive.id'], name=op.f('fk_extension_directive')),
    sa.ForeignKeyConstraint(['milestone'], ['milestone.id'], name=op.f('fk_extension_milestone')),
    sa.ForeignKeyConstraint(['obligation'], ['obligation.id'], name=op.f('fk_extension_obligation')),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], name=op.f('fk_extension_organisation')),
    sa.ForeignKeyConstraint(['superior'], ['organisation.id'], name=op.f('fk_extension_superior')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extension'))
    )
    op.create_index(op.f('ix_extension_directive_organisation'), 'extension', ['directive', 'organisation'], unique=False)
    op.create_table('handed_on',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('task', sa.String(length=200), nullable=False),
    sa.Column('earlier', sa.String(length=200), nullable=True),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('given_by', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('given_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['earlier'], ['person.id'], name=op.f('fk_handed_on_earlier')),
    sa.ForeignKeyConstraint(['given_by'], ['person.id'], name=op.f('fk_handed_on_given_by')),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_handed_on_person')),
    sa.ForeignKeyConstraint(['task'], ['user_task.id'], name=op.f('fk_handed_on_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handed_on'))
    )
    op.create_index(op.f('ix_handed_on_earlier_given_at'), 'handed_on', ['earlier', 'given_at'], unique=False)
    op.create_index(op.f('ix_handed_on_task'), 'handed_on', ['task'], unique=False)
    op.create_table('report_figure',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('report_section', sa.String(length=200), nullable=False),
    sa.Column('indicator', sa.String(length=60), nullable=False),
    sa.Column('own_value', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('own_words', sa.Text(), nullable=True),
    sa.Column('words', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['report_section'], ['report_section.id'], name=op.f('fk_report_figure_report_section')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_figure')),
    sa.UniqueConstraint('report_section', 'indicator', name=op.f('uq_report_figure_report_section_indicator'))
    )
    op.create_table('snooze',
    sa.Column('task', sa.String(length=36), nullable=False),
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('until', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], name=op.f('fk_snooze_person')),
    sa.ForeignKeyConstraint(['task'], ['user_task.id'], name=op.f('fk_snooze_task')),
    sa.PrimaryKeyConstraint('task', 'person', name=op.f('pk_snooze'))
    )
    op.create_table('consolidation_source',
    sa.Column('consolidation_total', sa.String(length=36), nullable=False),
    sa.Column('report_figure', sa.String(length=36), nullable=False),
    sa.Column('carried', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.ForeignKeyConstraint(['consolidation_total'], ['consolidation_total.id'], name=op.f('fk_consolidation_source_consolidation_total')),
    sa.ForeignKeyConstraint(['report_figure'], ['report_figure.id'], name=op.f('fk_consolidation_source_report_figure')),
    sa.PrimaryKeyConstraint('consolidation_total', 'report_figure', name=op.f('pk_consolidation_source'))
    )
    op.create_table('figure_source',
    sa.Column('report_figure', sa.String(length=36), nullable=False),
    sa.Column('consolidation_total', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['consolidation_total'], ['consolidation_total.id'], name=op.f('fk_figure_source_consolidation_total')),
    sa.ForeignKeyConstraint(['report_figure'], ['report_figure.id'], name=op.f('fk_figure_source_report_figure')),
    sa.PrimaryKeyConstraint('report_figure', 'consolidation_total', name=op.f('pk_figure_source'))
    )
    op.create_index(op.f('ix_figure_source_consolidation_total'), 'figure_source', ['consolidation_total'], unique=False)
