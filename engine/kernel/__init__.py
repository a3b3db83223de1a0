"""Clock, calendar, ids, actor, errors, canonical JSON, Vietnamese text, registry. Imports nothing of ours."""
