"""The documentation that `gridloom docs` writes: Data Docs and dbt docs, as files that a browser may have."""

from pathlib import Path

from include.home import Home

FILES_SERVED = {".html", ".css", ".js", ".json", ".png", ".svg", ".woff2"}


def written(home: Home, site: str) -> str | None:
    """Return the path of a site's first page below the site, or None where it was not written."""
    root = _sites(home)[site]
    found = sorted([*root.glob("*/index.html"), *root.glob("static_index.html")])
    return str(found[0].relative_to(root)) if found else None


def file_of(home: Home, site: str, path: str) -> Path | None:
    """Return a file of a site, which need not be there; None for all else: nothing of the home is ever served."""
    sites = _sites(home)
    if site not in sites:
        return None
    root = sites[site].resolve()
    file = (root / path).resolve()
    return file if file.is_relative_to(root) and file.suffix in FILES_SERVED else None


def _sites(home: Home) -> dict[str, Path]:
    return {"data-docs": home.path / "data_docs", "dbt-docs": home.path / "dbt" / home.database / "target"}
