"""Puts the parts together, one module for each audience: which commands and queries there are, and whose permission they take.

Each module has `add(handlers, queries)`, which `engine.bootstrap` calls.
"""
