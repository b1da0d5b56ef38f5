"""`python -m include.simulator`: the same as `gridloom simulate`."""

import typer

from include.simulator.command import simulate

if __name__ == "__main__":
    typer.run(simulate)
