"""The faults campaign: every fault is played for real, and a witness that shares no code with the loader judges.

`make faults` plays all of it; `python -m tests.faults --help` tells how to play a part.
"""
