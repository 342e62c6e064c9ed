"""SQLAlchemy tables, one module a noun, and the database they live in."""
