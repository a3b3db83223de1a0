"""What `chidao doctor` looks at: this machine, the database, the office's work. Each check says what it found and what to do."""
