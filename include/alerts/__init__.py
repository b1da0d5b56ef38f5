"""Tells people what went wrong: kept in the warehouse first, then sent, and sent again where that failed."""
