"""Plays the publishers where there is no network, over HTTP, as a process of its own.

It imports nothing else of the project, so that one misreading of a publisher cannot hide in both.
"""
