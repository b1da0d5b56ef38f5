"""Gridloom measured side by side against named peers: `make bench`. Nothing here is asserted by a test."""
