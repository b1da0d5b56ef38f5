"""Where the regions of the Carbon Intensity API lie: those of the networks as tiles that look like Great Britain."""

# Row and column from the top left, by the publisher's number of a region.
PLACES = {
    1: (1, 2),  # North Scotland
    2: (2, 2),  # South Scotland
    3: (3, 2),  # North West England
    4: (3, 3),  # North East England
    5: (4, 3),  # Yorkshire
    6: (4, 2),  # North Wales & Merseyside
    7: (5, 1),  # South Wales
    8: (5, 2),  # West Midlands
    9: (5, 3),  # East Midlands
    10: (5, 4),  # East England
    11: (6, 1),  # South West England
    12: (6, 2),  # South England
    13: (6, 3),  # London
    14: (6, 4),  # South East England
}
# England, Scotland, Wales and Great Britain, which hold several of the others.
NATIONS = (15, 16, 17, 18)
ALL = (*PLACES, *NATIONS)
