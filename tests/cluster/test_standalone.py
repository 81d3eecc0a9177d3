"""The jobs on a cluster: submitted as docs/cluster.md says, with a worker lost on the way.

The one promise: the manifest has the digest that it has on one machine.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of, places, shard_digests
from standalone_cluster import Cluster, Killer, may_be_apart

from corpusmill.jobs.run_mill import STEPS
from corpusmill.langid.model import installed_model

pytestmark = pytest.mark.cluster

GIVEN = ("--input", str(CORPUS), "--source", "corpus")
LATER = ("mix_plan", "shard_sets", "pins")


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
        shutil.rmtree(folder, ignore_errors=True)
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
    """Where every step has been submitted as a job of its own, and a worker lost in one of them."""
    folder = tmp_path_factory.mktemp("mill")
    killer = Killer(cluster, "dedup-minhash")
    for step in STEPS:
        given = GIVEN if step == "ingest_documents" else ()
        hear = killer if step == "dedup_minhash" else (lambda line: None)
        done = cluster.submit(step, *given, *RECIPE, *places(folder), hear=hear)
        assert done.code == 0, f"{step}: {done.said[-2000:]}"
    assert killer.killed is not None
    cluster.add_worker()
    return folder


def test_job_after_job_gives_the_manifest_of_one_machine_though_a_worker_is_lost(mill, digest):
    assert json.loads(manifest_of(mill).read_text("utf-8"))["digest"] == digest
