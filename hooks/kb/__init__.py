"""The knowledge base's logic; CONTRIBUTING.md says where to look. It never imports MkDocs."""
