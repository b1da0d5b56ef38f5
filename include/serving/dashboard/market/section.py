"""The section Market."""

from include.serving.dashboard.market.balancing import page as balancing
from include.serving.dashboard.market.foreseen import page as foreseen
from include.serving.dashboard.market.prices import page as prices
from include.serving.dashboard.screen import Screen, Section

MARKET = Section(
    "Market",
    (
        Screen("Prices", "prices", prices.draw),
        Screen("Demand and wind", "demand-and-wind", foreseen.draw),
        Screen("Balancing", "balancing", balancing.draw),
    ),
)
