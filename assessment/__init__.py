"""Attune: a pre-hire empathy assessment platform."""
