"""The documentation that `gridloom docs` writes: Data Docs and dbt docs, as files that a browser may have."""

from pathlib import Path

from include.home import Home

# No script, nothing of others', nothing sent: the page needs none, and Great Expectations would fetch a dozen scripts
# and styles from elsewhere, to run beside Airflow's login.
STRICT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# dbt's page is one script, written with it from our own models; what it asks for lies beside it.
BY_SCRIPT = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILES_SERVED = {".html", ".css", ".js", ".json", ".png", ".svg", ".woff2"}


def written(home: Home, site: str) -> str | None:
    """Return the path of a site's first page below the site, or None where it was not written."""
    root = _sites(home)[site]
    found = sorted([*root.glob("*/index.html"), *root.glob("static_index.html")])
    return str(found[0].relative_to(root)) if found else None


def policy_of(site: str | None) -> str:
    """Return what pages of a site may do, as Content-Security-Policy says it; None is the page itself."""
    return BY_SCRIPT if site == "dbt-docs" else STRICT


def file_of(home: Home, site: str, path: str) -> Path | None:
    """Return a file of a site that is there; None for all else: nothing of the home is ever served."""
    sites = _sites(home)
    if site not in sites:
        return None
    root = sites[site].resolve()
    try:
        file = (root / path).resolve(strict=True)
    except (OSError, ValueError):
        # Not there, or no name that a file could have.
        return None
    return file if file.is_relative_to(root) and file.suffix in FILES_SERVED and file.is_file() else None


def _sites(home: Home) -> dict[str, Path]:
    return {"data-docs": home.path / "data_docs", "dbt-docs": home.path / "dbt" / home.database / "target"}
