"""What the pages of Market have, over the rows that Grid now has brought."""

from tests.looks import Looks

LOOKS = {
    "prices": Looks(charts=2),
    "demand-and-wind": Looks(charts=4),
    "balancing": Looks(charts=5),
}
