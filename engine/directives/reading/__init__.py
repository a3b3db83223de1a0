"""Reading a document into structure: `read_document(name, content)`. Rules over patterns; no file name and no person is known here."""

from engine.directives.reading.reading import Reading, read_document

__all__ = ["Reading", "read_document"]
