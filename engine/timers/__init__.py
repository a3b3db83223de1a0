"""Timers: rows with a due time, fed from the events for which an instance waits."""
