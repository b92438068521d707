"""The command line: the plain twin of the screens."""
