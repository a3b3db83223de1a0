"""Versions on the command line: deploy, compare, migrate, and the second person."""
