"""Other people's systems and files: what comes in is turned into plain typed rows, what goes out is made safe to open."""
