"""Periods, regular reports and their sections, submission, review, consolidation with provenance."""
