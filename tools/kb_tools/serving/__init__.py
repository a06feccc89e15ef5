"""What `mkdocs serve` makes of a save: which pages it touches, and what is told of faults."""
