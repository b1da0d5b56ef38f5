"""Elexon's Insights API (BMRS): 82 datasets, system prices, reference data, and what tells of them."""

PATH = "/bmrs/api/v1"
