"""Who works here, who is invited, and what their organisation has decided."""
