"""Finished documents about one person: for the applicant, and for those who decide."""
