"""What is to happen outside: e-mail and webhooks, noted in the transaction that wants them, sent afterwards (EXECUTION.md 2)."""
