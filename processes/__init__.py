"""What process designers own: BPMN diagrams, forms and samples, shipped as data of this package; no code lives here."""
