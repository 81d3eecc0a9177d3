"""The jobs on a cluster, submitted as docs/cluster.md says, with workers lost on the way.

The one promise: the manifest has the digest that it has on one machine.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest
from corpusmill.jobs.run_mill import STEPS
from golden_corpus import CORPUS, RECIPE, manifest_of, places
from standalone_cluster import Cluster, Killer, may_be_apart

from corpusmill.langid.model import installed_model

pytestmark = pytest.mark.cluster

GIVEN = ("--input", str(CORPUS), "--source", "corpus")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers; they end with the tests, whatever ends the tests."""
    folder = tmp_path_factory.mktemp("cluster")
    found = Cluster(folder, may_be_apart(tmp_path_factory.mktemp("tried")))
    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        found.start(workers=2)
        yield found
    finally:
        found.end()
        shutil.rmtree(folder)
        signal.signal(signal.SIGTERM, before)


def interrupted(*_signal):
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def digest(tmp_path_factory):
    """The digest of the manifest that a run on one machine writes."""
    run = [sys.executable, "-m", "corpusmill", "run", "--master", "local[2]", *GIVEN, *RECIPE]
    done = subprocess.run(
        [*run, *places(tmp_path_factory.mktemp("local"))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])["digest"]


@pytest.fixture(scope="module")
def mill(cluster, tmp_path_factory):
    """Where each step was submitted as a job of its own, and a worker lost in the largest."""
    folder = tmp_path_factory.mktemp("mill")
    for step in STEPS:
        given = GIVEN if step == "ingest_documents" else ()
        killer = Killer(cluster, task=20 if step == "dedup_minhash" else 0)
        done = cluster.submit(
            *(step, *given, *RECIPE, *places(folder)), options=cluster.shared, hear=killer
        )
        assert done.code == 0, f"{step}: {done.said[-2000:]}"
        assert len(killer.killed) == (step == "dedup_minhash")
    cluster.add_worker()
    return folder


def test_job_after_job_gives_the_manifest_of_one_machine_though_a_worker_is_lost(mill, digest):
    assert json.loads(manifest_of(mill).read_text("utf-8"))["digest"] == digest


def test_a_whole_run_does_too_with_its_model_sent_as_a_file(cluster, digest, tmp_path):
    model = shutil.copy(installed_model(), tmp_path)
    named = f"--set=recipe.language.model={installed_model().name}"
    killer = Killer(cluster, task=150)

    done = cluster.submit(
        *("run_mill", *GIVEN, *RECIPE, named, *places(tmp_path / "mill")),
        options=[*cluster.packed, "--files", str(model)],
        folder=tmp_path,
        hear=killer,
    )

    cluster.add_worker()
    assert done.code == 0, done.said[-2000:]
    assert len(killer.killed) == 1
    assert done.line["digest"] == digest


def test_an_output_that_workers_do_not_share_stops_the_job(cluster, mill, tmp_path):
    if not cluster.apart:
        pytest.skip("this system gives workers no mounts of their own")
    shutil.copytree(mill / "warehouse", tmp_path / "warehouse")
    output = cluster.private / "output"
    shutil.copytree(mill / "output" / "models", output / "models")

    done = cluster.submit(
        *("build_shards", *RECIPE, "--warehouse", str(tmp_path / "warehouse")),
        *("--output", str(output)),
        options=cluster.shared,
    )

    assert done.code == 3, done.said[-2000:]
    assert done.line["message"].endswith("it must be a folder that all workers see")
    assert list(output.glob("shards/*/manifest.json")) == []


def test_a_refusal_at_the_door_is_the_exit_code_of_spark_submit(cluster):
    done = cluster.submit("build_shards", "--set=recipe.nonsense=1", options=cluster.shared)

    assert done.code == 2
    assert done.line["message"].startswith("recipe.nonsense: unknown key")
