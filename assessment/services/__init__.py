"""The stages of the loop, as verbs. A service takes a session and plain values; it knows no web page and no command."""
