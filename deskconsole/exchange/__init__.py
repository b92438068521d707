"""Files in and out: what other programs know of the desk, and what it tells them."""
