"""Organisations, posts and people, each with the dates between which it is true."""
