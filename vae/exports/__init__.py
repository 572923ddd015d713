"""What can be taken away from a run: its code, its figures, its curves for other tools."""
