"""What is said of the rows of a file, whatever its format: where they come from, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from include.serving.datasets import Attribution


@dataclass(frozen=True)
class Content:
    """What a file holds besides its rows: a table or the rows of a query."""

    attributions: Sequence[Attribution]
    exported_at: datetime
    is_simulated: bool
    table: str | None = None
    description: str | None = None
    query: str | None = None

    @property
    def provenance(self) -> str:
        """Where the rows come from, in a sentence."""
        if self.is_simulated:
            return "SIMULATED DATA: the rows come from Gridloom's simulator, not from the publishers."
        return "From a warehouse that holds what the publishers gave, as Gridloom loaded and checked it."

    @property
    def facts(self) -> dict[str, str]:
        """All of it as texts by name; of several publishers, a line each."""
        said = {
            "table": self.table,
            "description": self.description,
            "query": self.query,
            "attribution": "\n".join(each.text for each in self.attributions),
            "licence": "\n".join(each.licence for each in self.attributions),
            "licence_url": "\n".join(each.licence_url for each in self.attributions),
            "exported_at": f"{self.exported_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "is_simulated": str(self.is_simulated).lower(),
            "provenance": self.provenance,
        }
        return {name: text for name, text in said.items() if text}
