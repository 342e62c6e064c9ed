"""From stored responses to a score and its uncertainty, and what is noted on the way."""
