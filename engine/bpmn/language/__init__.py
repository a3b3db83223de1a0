"""The expression language of conditions, keys, timers, scripts: an allow-list, and what is read of other tools' languages."""
