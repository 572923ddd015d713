"""Measurements of the training loops' speed, against each other and against other libraries."""
