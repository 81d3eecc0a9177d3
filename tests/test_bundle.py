"""The asset bundle for Databricks, as far as it can be told without a workspace."""

from __future__ import annotations

import fnmatch
import json
from importlib.metadata import distribution
from pathlib import Path

import pytest
from bundle import BUNDLE, RESOURCES, ROOT, command, filled, parsed, resources, tasks
from corpusmill.jobs.run_mill import STEPS
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume

from corpusmill import cli
from corpusmill.__main__ import JOBS, main
from corpusmill.langid.model import installed_model
from corpusmill.stages import STAGES
from corpusmill.warehouse import is_catalog_name

KINDS = {"jobs": Job, "schemas": Schema, "volumes": Volume}
TARGETS = ("dev", "prod")


def parameters(target):
    """What the job is given where nobody says otherwise."""
    job = resources()["jobs"]["corpusmill"]
    return {each["name"]: filled(each["default"], target) for each in job["parameters"]}


def test_the_bundle_includes_every_file_of_resources():
    patterns = parsed(BUNDLE)["include"]

    names = [str(path.relative_to(ROOT)) for path in RESOURCES]

    assert names
    assert all(any(fnmatch.fnmatch(name, each) for each in patterns) for name in names)


def test_every_resource_has_only_fields_that_databricks_knows():
    found = resources()

    for kind, named in found.items():
        for resource in named.values():
            KINDS[kind].from_dict(resource)

    assert set(found) == set(KINDS)
    with pytest.raises(ValueError, match="Unexpected field"):
        Job.from_dict({**found["jobs"]["corpusmill"], "task": []})


@pytest.mark.parametrize("target", TARGETS)
def test_every_reference_leads_somewhere(target):
    bundle = parsed(BUNDLE)

    assert set(bundle["targets"]) == set(TARGETS)
    assert "${" not in str(filled({"bundle": bundle["targets"][target], **resources()}, target))


def test_one_target_is_the_default_and_another_is_production():
    targets = parsed(BUNDLE)["targets"]

    assert [name for name, each in targets.items() if each.get("default")] == ["dev"]
    assert {name: each["mode"] for name, each in targets.items()} == {
        "dev": "development",
        "prod": "production",
    }


def test_there_is_a_task_for_each_step_of_a_run_after_the_one_before():
    names = [task["task_key"] for task in tasks()]

    after = [[other["task_key"] for other in task.get("depends_on", [])] for task in tasks()]

    assert names == [step.replace("_", "-") for step in STEPS]
    assert after == [[], *([name] for name in names[:-1])]


def test_no_task_runs_before_what_its_tables_are_made_of():
    place = {task["task_key"]: number for number, task in enumerate(tasks())}

    early = [
        (name, of)
        for name, stage in STAGES.items()
        for of in (*stage.upstream, *stage.members)
        if place[STAGES[of].job] > place[stage.job]
    ]

    assert {stage.job for stage in STAGES.values()} <= set(place)
    assert early == []


def test_every_entry_point_exists_and_its_first_parameter_is_a_job():
    found = {point.name: point for point in distribution("corpusmill").entry_points}

    for task in tasks():
        wheel = task["python_wheel_task"]
        assert wheel["package_name"] == "corpusmill"
        assert callable(found[wheel["entry_point"]].load())
        assert wheel["parameters"][0] == task["task_key"]
        assert wheel["parameters"][0] in JOBS


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task["task_key"])
def test_every_parameter_is_one_that_the_command_line_takes(task, tmp_path, monkeypatch, capsys):
    def trip(*_arguments):
        raise AssertionError("a session was asked for")

    monkeypatch.setattr(cli, "open_session", trip)
    here = {"output": str(tmp_path), "language_model": str(installed_model())}

    code = main([*command(task, {**parameters("dev"), **here}), "--print-recipe"])

    out, err = capsys.readouterr()
    assert code == 0, err
    runtime = json.loads(out.splitlines()[-1])["runtime"]
    assert (runtime["warehouse"], runtime["embedded"]) == ("main.corpusmill", True)


@pytest.mark.parametrize("target", TARGETS)
def test_tables_have_a_catalog_and_all_else_lies_in_a_volume_of_the_bundle(target):
    given = parameters(target)
    volumes = [filled(each, target) for each in resources()["volumes"].values()]

    places = ["/Volumes/{catalog_name}/{schema_name}/{name}".format(**each) for each in volumes]

    assert is_catalog_name(given["warehouse"])
    assert given["output"] in places
    assert str(Path(given["language_model"]).parent) in places
    assert given["conf"] == "embedded" or str(Path(given["conf"]).parent) in places


def test_what_holds_data_outlives_the_bundle():
    kept = [*resources()["schemas"].values(), *resources()["volumes"].values()]

    assert all(each["lifecycle"]["prevent_destroy"] for each in kept)


def test_every_task_has_the_wheel_that_the_bundle_builds():
    [artifact] = parsed(BUNDLE)["artifacts"].values()

    libraries = [task["libraries"] for task in tasks()]

    assert artifact["type"] == "whl"
    assert "--wheel-dir dist " in artifact["build"]
    assert libraries == [[{"whl": "../dist/*.whl"}]] * len(libraries)


def test_the_cluster_is_given_no_setting_of_spark():
    [cluster] = resources()["jobs"]["corpusmill"]["job_clusters"]

    assert "spark_conf" not in cluster["new_cluster"]
    assert {task["job_cluster_key"] for task in tasks()} == {cluster["job_cluster_key"]}
