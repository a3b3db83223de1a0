"""User tasks and their forms: what people are asked to do and what they hand in."""
