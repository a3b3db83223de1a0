"""Definitions: what stands in processes/ is checked, stored as immutable versions and handed out compiled. Runs nothing."""
