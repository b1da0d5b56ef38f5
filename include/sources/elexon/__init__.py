"""Elexon's Insights API, the reporting of Great Britain's balancing mechanism (BMRS): https://bmrs.elexon.co.uk."""
