"""Saving answers over real connections: the application, the same save in Django, and a bare Flask page, side by side."""
