"""Pictures: what their bytes say, whether they read well, tell nothing private and are fresh."""
