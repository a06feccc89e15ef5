"""The old blog: its template tags become Markdown, its posts pages."""
