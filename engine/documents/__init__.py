"""Document files: what can be handed in and how its text is got."""
