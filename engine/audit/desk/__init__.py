"""What an auditor reads in the history: the pages of the auditor's desk, one module each (AUDIT.md 6)."""
