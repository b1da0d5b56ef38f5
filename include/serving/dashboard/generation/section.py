"""The section Generation."""

from include.serving.dashboard.generation.mix import page as mix
from include.serving.dashboard.generation.revisions import page as revisions
from include.serving.dashboard.screen import Screen, Section

GENERATION = Section(
    "Generation",
    (
        Screen("Generation", "generation", mix.draw),
        Screen("Revisions", "revisions", revisions.draw),
    ),
)
