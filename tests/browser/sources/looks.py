"""What the page of Sources has, over the rows that Grid now has brought."""

from tests.looks import Looks

LOOKS = {"sources": Looks(charts=3)}
