"""The tests. They mirror engine/ and web/, and add processes, properties, crashes, architecture and the browser."""
