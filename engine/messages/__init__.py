"""Messages between instances: by name and business key, waiting for their receiver when early (DESIGN.md 6)."""
