"""Where a run executes: now this machine's one slot."""
