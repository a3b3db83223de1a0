"""The migrations, run by `engine.storage.create_or_upgrade`.

A change of `schema.py` after the first release is a new file beside `versions/0001_initial.py`; until then
`python -m engine.storage.migrations.freeze` writes that file again from the schema.
"""
