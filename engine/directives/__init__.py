"""Directives: reading documents, registers, assignments, obligations."""
