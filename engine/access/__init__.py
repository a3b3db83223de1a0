"""Who may do what: default deny, by role × action × relation, as data (DOMAIN.md 2.12)."""
