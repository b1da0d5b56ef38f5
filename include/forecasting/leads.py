"""How far ahead: three spans of the 96 half-hours, by which skill and intervals are judged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LeadBucket:
    """A span of half-hours ahead, from `first` up to but without `end`, counted from 0."""

    name: str
    first: int
    end: int

    @property
    def span(self) -> slice:
        """Return the bucket as a slice of 96 half-hours."""
        return slice(self.first, self.end)


LEAD_BUCKETS = (LeadBucket("0-6 h", 0, 12), LeadBucket("6-24 h", 12, 48), LeadBucket("24-48 h", 48, 96))
