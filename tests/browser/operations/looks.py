"""What the pages of Operations have, once a pipeline has run."""

from tests.looks import Looks

LOOKS = {
    "quality": Looks(charts=1, has_interval=False),
    "runs": Looks(charts=1),
    "catalogue": Looks(has_range=False, has_interval=False),
    "explorer": Looks(has_interval=False),
}
