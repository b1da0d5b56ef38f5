"""What the pages of Generation have, over the publisher's rows."""

from tests.looks import Looks

LOOKS = {"generation": Looks(charts=4), "revisions": Looks(charts=1)}
