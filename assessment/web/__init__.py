"""Pages: thin blueprints over services."""
