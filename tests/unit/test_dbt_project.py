"""The dbt project keeps releases apart, and says of each model how it is published."""

from collections import defaultdict
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from include.sources import releases
from include.transformation import dbt
from include.transformation.dbt import Dbt, PublishedModel
from include.transformation.views import project_checksum

NOWHERE = dict.fromkeys(("host", "dbname", "user", "password"), "nowhere") | {"port": "1"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The project as dbt reads it; no warehouse is asked."""
    project = Dbt(NOWHERE, tmp_path_factory.mktemp("dbt"))
    with dbt._environment(project.variables()):
        return dbt._runner().invoke(["--no-write-json", "parse", *project._flags()]).result


@pytest.fixture
def models(manifest: Any) -> dict[str, Any]:
    return {name: node for name, node in manifest.nodes.items() if node.resource_type == "model"}


def release_of(node: Any) -> str:
    [release] = node.tags
    return str(release)


def test_each_model_is_of_one_release_that_a_source_declares(models):
    declared = {release.name for release in releases()}
    assert {release_of(node) for node in models.values()} == declared


def test_no_model_stands_on_a_candidate_of_another_release(models):
    for node in models.values():
        stands_on = [models[name] for name in node.depends_on.nodes if name in models]
        assert {release_of(each) for each in stands_on} <= {release_of(node)}, node.name


def test_a_view_stands_on_no_table_that_a_build_may_replace(models):
    """Dropping the table would take the view along, which the build does not make again."""
    for node in models.values():
        if node.config.materialized == "view":
            below = [models[name] for name in node.depends_on.nodes if name in models]
            assert {each.config.materialized for each in below} <= {"view"}, node.name


def test_each_mart_says_how_it_is_published_and_of_what(models):
    names = {node.name: node for node in models.values()}
    reads = {release.name: release.dataset_names for release in releases()}
    for node in models.values():
        published = PublishedModel.of(node)
        assert (published is not None) == (node.config.schema == "marts"), node.name
        if published and published.pending:
            assert release_of(names[published.pending]) == release_of(node)
        if published and published.dataset:
            assert published.dataset in reads[release_of(node)]


def test_models_of_one_table_have_the_same_columns(models):
    columns = defaultdict(set)
    for node in models.values():
        published = PublishedModel.of(node)
        if published:
            columns[published.table].add(tuple((name, column.data_type) for name, column in node.columns.items()))
    assert {table for table, each in columns.items() if len(each) > 1} == set()


@pytest.mark.parametrize("meta", [{"publish": "hourly"}, {"publish": "pending"}, {"publish": "appended"}])
def test_a_model_that_does_not_say_how_it_is_published_fails_its_build(models, meta):
    node = copy(next(iter(models.values())))
    node.config = node.config.replace(meta=meta)
    with pytest.raises(dbt.DbtFailedError, match="its meta cannot be published"):
        PublishedModel.of(node)


def test_the_views_are_built_anew_when_a_macro_changed(tmp_path: Path):
    for folder in ("models", "macros"):
        (tmp_path / folder).mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: any")
    before = project_checksum(tmp_path)
    (tmp_path / "macros" / "versions.sql").write_text("{% macro any() %}{% endmacro %}")
    assert project_checksum(tmp_path) != before
