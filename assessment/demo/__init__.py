"""The demonstration: an organisation with simulated people, labelled so everywhere, and a real cohort beside it."""
