"""Start and advance instances: applies a step and writes the rows of tasks, messages and timers. Knows no directives."""
