"""What the campaign comes to: one outcome per fault, and a table by family."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One fault that was played, and what the witness found wrong after it; or why it could not be played."""

    family: str
    fault: str
    wrong: tuple[str, ...] = ()
    skipped: str | None = None
    weight: int = 1
    """How many faults this stands for."""

    @property
    def survived(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.wrong and self.skipped is None


@dataclass(frozen=True)
class Score:
    """The outcomes of one family."""

    family: str
    outcomes: tuple[Outcome, ...]

    @property
    def played(self) -> int:
        """How many faults were played."""
        return sum(each.weight for each in self.outcomes if each.skipped is None)

    @property
    def survived(self) -> int:
        """How many of them were survived."""
        return sum(each.weight for each in self.outcomes if each.survived)

    @property
    def line(self) -> str:
        """The score in a line."""
        skipped = sum(1 for each in self.outcomes if each.skipped is not None)
        return f"{self.family}: survived {self.survived} of {self.played}" + (f" ({skipped} skipped)" * bool(skipped))


def scores(outcomes: Iterable[Outcome]) -> list[Score]:
    """Return the scores of all families, in the order in which they first appear."""
    by_family: dict[str, list[Outcome]] = {}
    for each in outcomes:
        by_family.setdefault(each.family, []).append(each)
    return [Score(family, tuple(of_family)) for family, of_family in by_family.items()]


def report(outcomes: Iterable[Outcome]) -> str:
    """Return what is printed at the end: what was not survived or not played, then a line by family."""
    told = scores(outcomes)
    faults = [f"  {each.fault}: {wrong}" for score in told for each in score.outcomes for wrong in each.wrong]
    skipped = [f"  {each.family}, {each.fault}: {each.skipped}" for s in told for each in s.outcomes if each.skipped]
    total = f"all: survived {sum(s.survived for s in told)} of {sum(s.played for s in told)}"
    lines = [*(["not survived:", *faults] if faults else []), *(["not played:", *skipped] if skipped else [])]
    return "\n".join([*lines, *(score.line for score in told), total])


def all_survived(outcomes: Iterable[Outcome]) -> bool:
    """Tell whether every fault that was played was survived."""
    return all(score.survived == score.played for score in scores(outcomes))
