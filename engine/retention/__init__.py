"""How long things are kept, what is held back, how they go: disposal of what belongs to a directive, erasure of personal values."""
