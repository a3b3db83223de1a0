"""The commands of `chidao`, a file for each kind; engine/cli.py loads the one that is asked for."""
