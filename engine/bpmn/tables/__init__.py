"""Decision tables (DMN 1.3): read, judged, decided within a step."""
