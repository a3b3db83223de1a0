"""What administrators and their machines see of a running installation: logs, metrics, readiness. No personal data in any."""
