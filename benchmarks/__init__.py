"""Speed, measured side by side; see each module."""
