"""The sections of the dashboard, in the order in which readers find them."""

from include.serving.dashboard.carbon.section import CARBON
from include.serving.dashboard.forecast.section import FORECAST
from include.serving.dashboard.generation.section import GENERATION
from include.serving.dashboard.grid_now.section import GRID_NOW
from include.serving.dashboard.market.section import MARKET
from include.serving.dashboard.meters.section import METERS
from include.serving.dashboard.operations.section import OPERATIONS
from include.serving.dashboard.sources.section import SOURCES

SECTIONS = (GENERATION, GRID_NOW, FORECAST, MARKET, CARBON, SOURCES, METERS, OPERATIONS)
