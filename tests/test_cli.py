"""The command line without a JVM: what is refused at the door, and the last line on stdout."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import subprocess
import sys
from functools import partial

import pytest
import small_sets
from exported import fragmented
from tokenizers import Tokenizer, models

import corpusmill
from corpusmill import cli, invocation, resolve
from corpusmill.__main__ import JOBS, command, main
from corpusmill.digests import digest
from corpusmill.progress import EVERY, Progress
from corpusmill.refusal import Refused, Stopped

DOC_ID = "0" * 32
NEEDED = {
    "verify-shards": ["--manifest", "absent"],
    "export-shards": ["--manifest", "absent", "--format", "olmo"],
    "diff": ["absent", "absent"],
    "explain": [DOC_ID],
    "evaluate-pii": ["--labelled", "absent"],
}
READ = {"local": "corpusmill-data", "cluster": "/data/corpusmill", "databricks": "/Volumes/main"}
WITHOUT_SPARK = """
import sys
from corpusmill.__main__ import command
sys.modules["pyspark"] = None  # as where it is not installed
sys.argv = ["corpusmill", "run", "--help"]
command()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to work in, and a tripwire: nothing here may ask for a session."""

    def trip(*_arguments):
        raise AssertionError("a session was asked for")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "open_session", trip)
    return tmp_path


@pytest.fixture
def call(capsys):
    """Run the command line; its exit code, its last line as JSON, all of stdout, all of stderr."""

    def call(*words):
        code = main(list(words))
        out, err = capsys.readouterr()
        assert out.endswith("\n")
        return code, json.loads(out.splitlines()[-1]), out, err

    return call


@pytest.fixture
def corpus(here):
    """An input file that could be milled."""
    (here / "in").mkdir()
    (here / "in" / "a.jsonl").write_text('{"id": "1", "text": "words"}\n')
    return "in/*.jsonl"


def tree(folder):
    """Every file and folder below a folder, with the bytes of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


REFUSALS = {
    "option": (["--no-such-option"], ["--no-such-option"]),
    "shortened option": (["--prese", "local"], ["--prese"]),
    "option without its value": (["--set"], ["--set", "expected one argument"]),
    "preset": (["--preset", "laptop"], ["--preset", "laptop", "local", "cluster", "databricks"]),
    "top key": (["--set", "recpie.seed=1"], ["recpie", "recipe, runtime"]),
    "recipe key": (["--set", "recipe.sed=1"], ["recipe.sed", "unknown key", "seed, sources"]),
    "runtime key": (["--set", "runtime.cores=1"], ["runtime.cores", "unknown key", "master"]),
    "type": (["--set", "recipe.seed=x"], ["recipe.seed", "expected a whole number"]),
    "section": (["--set", "recipe=x"], ["recipe", "expected a mapping"]),
    "value": (["--set", "recipe.shards.count=3"], ["shards.count", "power of two"]),
    "runtime value": (["--set", "runtime.world_size=0"], ["world_size", "at least 1"]),
    "master": (["--master", "bogus"], ["runtime.master", "local[*]", "yarn"]),
    "memory": (["--set", "runtime.driver_memory=much"], ["runtime.driver_memory", "3g"]),
    "empty warehouse": (["--warehouse", ""], ["runtime.warehouse", "empty"]),
    "empty output": (["--output", " "], ["runtime.output", "empty"]),
    "vocabulary": (
        ["--set", "recipe.tokenizer.vocab_size=100000000000"],
        ["recipe.tokenizer.vocab_size", "1000000"],
    ),
    "boolean": (
        ["--set", "recipe.selection.keep_all=no"],
        ["recipe.selection.keep_all", "boolean"],
    ),
    "set without value": (["--set", "recipe.seed"], ["--set recipe.seed", "key.key=value"]),
    "conf": (["--conf", "absent.yaml"], ["absent.yaml", "no such file"]),
    "language model": (["--set", "recipe.language.model=absent"], ["recipe.language", "absent"]),
    "tokenizer": (["--set", "recipe.tokenizer.path=absent"], ["recipe.tokenizer.path", "absent"]),
    "classifier": (
        ["--set", "recipe.quality.classifiers.quality.path=absent"],
        ["recipe.quality.classifiers.quality.path", "absent"],
    ),
    "digest": (
        ["--set", f"recipe.language.sha256='{'0' * 64}'"],
        ["recipe.language.sha256", "0" * 64],
    ),
    "glob": (["--input", "absent/*.jsonl"], ["--input absent/*.jsonl", "matches no file"]),
    "source name": (["--input", "x", "--source", "My Web"], ["source", "[a-z0-9]"]),
    "source alone": (["--source", "web"], ["--source", "--input"]),
    "table version": (["--table-version", "tokens=x"], ["--table-version tokens=x", "NAME=N"]),
}


def test_a_task_that_does_not_look_at_codes_is_told_of_failures_only(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["corpusmill", "--version"])
    command()

    monkeypatch.setattr(sys, "argv", ["corpusmill", "run", "--warehouse", "main.mill"])
    with pytest.raises(SystemExit) as refused:
        command()

    assert refused.value.code == 2
    assert "nothing to mill" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("job", "what"),
    [
        (job, what)
        for job in JOBS
        for what in REFUSALS
        if job == "run" or what in ("option", "preset", "recipe key", "language model", "glob")
    ],
)
def test_every_job_refuses_at_the_door_and_writes_nothing(call, here, job, what):
    words, expected = REFUSALS[what]

    code, line, _out, err = call(job, *NEEDED.get(job, []), *words)

    assert code == 2
    assert line["job"] == job
    assert line["status"] == "refused"
    assert [word for word in expected if word not in line["message"]] == []
    assert line["message"] in err
    assert tree(here) == {}


@pytest.mark.parametrize("what", sorted({*REFUSALS} - {"table version"}))
def test_print_recipe_checks_what_a_run_checks(call, here, what):
    words, expected = REFUSALS[what]

    code, line, _out, _err = call("run", "--print-recipe", *words)

    assert code == 2
    assert [word for word in expected if word not in line["message"]] == []
    assert tree(here) == {}


def test_print_recipe_checks_table_versions_too(call):
    code, line, _out, _err = call("run", "--print-recipe", "--table-version", "tokens=x")

    assert (code, line["status"]) == (2, "refused")


@pytest.mark.parametrize("job", JOBS)
def test_print_recipe_ends_in_one_json_line_with_the_digest_and_writes_nothing(call, here, job):
    code, line, out, _err = call(job, *NEEDED.get(job, []), "--print-recipe")

    assert code == 0
    assert (line["job"], line["status"]) == (job, "recipe")
    assert line["recipe_digest"] == digest(line["recipe"])
    assert json.loads("\n".join(out.splitlines()[:-1])) == line["recipe"]
    assert isinstance(line["seconds"], float)
    assert tree(here) == {}


def test_all_presets_print_one_recipe_digest_and_their_own_runtime(call, here):
    lines = {p: call("run", "--preset", p, "--print-recipe")[1] for p in invocation.PRESETS}

    assert len({line["recipe_digest"] for line in lines.values()}) == 1
    assert all(line["runtime"]["output"].startswith(READ[p]) for p, line in lines.items())
    assert tree(here) == {}


def test_the_runtime_does_not_change_the_recipe_digest_and_the_recipe_does(call, corpus):
    def digest_of(*words):
        return call("run", "--print-recipe", *words)[1]["recipe_digest"]

    plain = digest_of()

    assert plain == digest_of("--master", "local[7]", "--warehouse", "w", "--output", "o")
    assert plain == digest_of("--set", "runtime.world_size=8", "--input", corpus)
    assert plain == digest_of("--set", "runtime.guards.quarantine_share=1")
    assert plain != digest_of("--set", "recipe.seed=43")


def test_print_recipe_lists_every_input_it_was_given(call, corpus):
    words = ["--input", corpus, "--input", "in/a.jsonl", "--source", "web"]

    code, line, _out, _err = call("run", *words, "--print-recipe")

    assert code == 0
    told = [(entry["glob"], entry["source"]) for entry in line["runtime"]["inputs"]]
    assert told == [(corpus, "web"), ("in/a.jsonl", "web")]


def test_later_layers_win(call, here):
    (here / "a.yaml").write_text("recipe: {seed: 1, shards: {count: 8}}\nruntime: {output: a}\n")
    (here / "b.yaml").write_text("recipe: {seed: 2}\nruntime: {output: b, warehouse: b}\n")
    confs = ["--conf", "a.yaml", "--conf", "b.yaml"]

    _code, line, _out, _err = call(
        "run", *confs, "--output", "c", "--set", "runtime.output=d", "--print-recipe"
    )

    assert line["recipe"]["seed"] == 2
    assert line["recipe"]["shards"]["count"] == 8
    assert (line["runtime"]["output"], line["runtime"]["warehouse"]) == ("d", "b")


def test_a_tokenizer_is_named_by_its_digest_and_checked(call, here):
    tokenizer = Tokenizer(models.BPE({"<|endoftext|>": 0}, [], unk_token="<|endoftext|>"))
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(here / "tokenizer.json"))
    sha256 = hashlib.sha256((here / "tokenizer.json").read_bytes()).hexdigest()
    path = ["--set", "recipe.tokenizer.path=tokenizer.json"]

    good = call("run", *path, "--set", f"recipe.tokenizer.sha256={sha256}", "--print-recipe")
    bad = call("run", *path, "--set", f"recipe.tokenizer.sha256={'a' * 64}", "--print-recipe")

    assert good[0] == 0
    assert good[1]["recipe"]["tokenizer"]["sha256"] == sha256
    assert bad[0] == 2
    assert all(word in bad[1]["message"] for word in ("recipe.tokenizer.sha256", sha256, "a" * 64))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recipe: {seed: 1, seed: 2}\n", ["recipe.seed", "stands twice"]),
        ("recipe: {selection: {keep_all: yes}}\n", ["recipe.selection.keep_all", "true or false"]),
        ("recipe: !!python/object/apply:os.getcwd []\n", ["recipe", "tag"]),
        ("a: &a [1]\nb: *a\n", ["aliases"]),
        ("recipe: [\n", ["my.yaml", "not valid YAML", "line"]),
        ("- recipe\n", ["my.yaml", "recipe and runtime"]),
        ("extra: 1\n", ["extra", "recipe, runtime"]),
    ],
)
def test_a_bad_file_is_refused_naming_the_key(call, here, text, words):
    (here / "my.yaml").write_text(text)
    before = tree(here)

    code, line, _out, _err = call("run", "--conf", "my.yaml", "--conf", "embedded")

    assert code == 2
    assert [word for word in words if word not in line["message"]] == []
    assert tree(here) == before


@pytest.mark.parametrize("job", ["run", "ingest-documents", "plan"])
def test_a_job_without_inputs_says_which_option_gives_them(call, here, job):
    code, line, _out, _err = call(job)

    assert (code, line["status"]) == (2, "refused")
    assert "--input" in line["message"]
    assert tree(here) == {}


def test_an_input_of_an_unknown_kind_is_refused(call, here):
    (here / "a.pdf").write_bytes(b"%PDF")

    code, line, _out, _err = call("run", "--input", "*.pdf")

    assert code == 2
    assert all(word in line["message"] for word in ("a.pdf", "unknown kind", ".jsonl", ".gz"))
    assert list(tree(here)) == ["a.pdf"]


def test_shards_and_models_go_to_a_folder_and_a_url_is_refused(call, corpus, here):
    before = tree(here)

    code, line, _out, _err = call("run", "--input", corpus, "--output", "s3://bucket/out")

    assert code == 2
    assert "runtime.output" in line["message"]
    assert tree(here) == before


def test_print_recipe_refuses_an_output_that_a_run_refuses(call):
    assert call("run", "--output", "s3://bucket/out", "--print-recipe")[0] == 2


@pytest.mark.parametrize("key", ["warehouse", "output"])
@pytest.mark.parametrize("where", ["taken", "taken/below"])
@pytest.mark.parametrize("more", [[], ["--print-recipe"]])
def test_a_folder_that_is_a_file_is_refused(call, here, key, where, more):
    (here / "taken").write_text("a file")
    before = tree(here)

    code, line, _out, _err = call("normalise-documents", f"--{key}", where, *more)

    assert code == 2
    assert line["message"] == f"runtime.{key}: {here / 'taken'} is not a folder"
    assert tree(here) == before


def test_a_run_takes_no_table_versions(call, corpus):
    words = ["run", "--input", corpus, "--table-version", "tokens=1"]

    code, line, _out, _err = call(*words)

    assert (code, line["message"].partition(":")[0]) == (2, "--table-version")
    assert call(*words, "--print-recipe")[0] == 2


def test_an_interrupted_run_says_so_in_one_line(capsys):
    def stopped(_mill, _arguments):
        raise KeyboardInterrupt

    code = cli.start("plan", stopped, [])

    out, err = capsys.readouterr()
    assert code == 1
    assert json.loads(out.splitlines()[-1])["status"] == "interrupted"
    assert "Traceback" not in err


def test_what_the_system_says_of_a_file_is_told_with_its_name(capsys):
    def full(_mill, _arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "some/shard.bin")

    assert cli.start("plan", full, []) == 1

    message = json.loads(capsys.readouterr().out.splitlines()[-1])["message"]
    assert "No space left on device" in message
    assert "some/shard.bin" in message


def test_the_json_line_is_ascii_whatever_it_says(call, here):
    (here / "café.xyz").write_text("")

    code, line, out, _err = call("ingest-documents", "--input", "café.xyz")

    assert (code, "café.xyz" in line["message"]) == (2, True)
    assert out.isascii()


def test_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"corpusmill {corpusmill.__version__}\n"


def test_more_ranks_than_shards_are_refused_before_anything_is_done(call, corpus):
    words = ["--set", "runtime.world_size=8", "--set", "recipe.shards.count=4"]

    assert call("run", "--input", corpus, *words, "--print-recipe")[0] == 2


@pytest.mark.parametrize("doc_id", ["x", "0" * 31, "G" * 32, "A" * 32, "0" * 33])
def test_explain_refuses_what_is_no_doc_id(call, here, doc_id):
    code, line, _out, _err = call("explain", doc_id)

    assert code == 2
    assert line["message"] == "doc_id: expected 32 hexadecimal characters in lower case"
    assert tree(here) == {}


@pytest.mark.parametrize(
    "words",
    [
        [],
        [DOC_ID, "--shard", "1"],
        [DOC_ID, "--manifest", "absent", "--shard", "0", "--sequence", "0"],
        ["--manifest", "absent", "--shard", "1"],
        ["--shard", "0", "--sequence", "0"],
    ],
)
def test_explain_takes_a_document_or_a_sequence(call, words):
    code, line, _out, _err = call("explain", *words)

    assert code == 2
    assert line["message"] == "give a doc_id, or else --manifest, --shard and --sequence"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (("absent", "1", "0"), "there is no manifest"),
        (("set", "2", "0"), "--shard: 2 is empty, or not one of 0 to 7"),
        (("set", "9", "0"), "--shard: 9 is empty, or not one of 0 to 7"),
        (("set", "1", "3"), "--sequence: shard 1 has 0 to 2"),
        (("set", "1", "-1"), "a whole number from 0"),
        (("set", "x", "0"), "a whole number from 0"),
    ],
)
def test_explain_refuses_a_place_that_is_not_there(call, here, place, told):
    fragmented(here / "set")
    words = zip(("--manifest", "--shard", "--sequence"), place, strict=True)

    code, line, _out, _err = call("explain", *(f"{name}={value}" for name, value in words))

    assert code == 2
    assert told in line["message"]


def test_verify_needs_no_model_that_it_was_not_given(call, here, monkeypatch):
    def absent():
        raise Refused("recipe.language.model: there is none")

    monkeypatch.setattr(resolve, "installed_model", absent)

    _code, line, _out, _err = call("verify-shards", "--manifest", "absent")

    assert line["message"].startswith("--manifest: ")


def test_verify_refuses_a_manifest_that_is_not_there(call, here):
    code, line, _out, _err = call("verify-shards", "--manifest", "absent")

    assert code == 2
    assert "--manifest" in line["message"]
    assert "absent" in line["message"]
    assert tree(here) == {}


def test_verify_needs_a_manifest_and_repair_needs_a_rebuild(call):
    without = call("verify-shards")
    repair = call("verify-shards", "--manifest", "absent", "--repair")

    assert (without[0], repair[0]) == (2, 2)
    assert "--manifest" in without[1]["message"]
    assert "--rebuild" in repair[1]["message"]


@pytest.mark.parametrize(
    ("job", "place"), [("explain", "explain, raw_documents"), ("run", ""), ("pins", "pins")]
)
def test_a_job_says_what_it_is_at_before_it_waits_for_spark(call, corpus, job, place):
    words = ["--input", corpus] if job == "run" else NEEDED.get(job, [])

    code, line, _out, err = call(job, *words)  # the tripwire stands where Spark would start

    told = re.findall(r"^ +0\.\ds  (.*)$", err, re.M)
    assert told == [*([job] if place else []), "waiting for Spark"]
    assert (code, line["message"].partition(":")[0]) == (1, place or "AssertionError")


@pytest.mark.parametrize(
    ("job", "done", "counted"),
    [
        (["verify-shards"], "verified", ["files: 50%, 1 of 2", "shards: 0%, 0 of 1"]),
        (["export-shards", "--format", "mds"], "done", ["shards: 0%, 0 of 1"]),
    ],
)
def test_a_job_without_a_session_counts_what_it_goes_through(
    call, here, monkeypatch, job, done, counted
):
    small_sets.build(here / "set", [[[1, 2, 3]]], count=1)
    items = Progress.each

    def each(progress, name, found):
        for item in items(progress, name, found):
            progress.now = partial(sum, (progress.now(), EVERY))
            progress.look()  # as the one does who looks every second
            yield item

    monkeypatch.setattr(Progress, "each", each)

    code, line, _out, err = call(*job, "--manifest", "set")

    lines = [line.split("s  ", 1)[1].strip() for line in err.splitlines()]
    assert (code, line["status"]) == (0, done)
    assert lines[0] == job[0]
    assert re.fullmatch(rf"{done} \(.* s\)", lines[-1])
    assert [text for text in counted if not any(line.startswith(text) for line in lines)] == []


def test_a_forecast_needs_no_session_and_writes_nothing(call, corpus, here):
    before = tree(here)

    code, line, _out, _err = call("plan", "--input", corpus)

    assert (code, line["status"], line["tables"]) == (0, "planned", {})
    assert line["counts"]["documents_about"] == 1
    assert tree(here) == before


def test_a_forecast_stops_where_the_run_would_and_has_told_what_it_knows(call, here):
    (here / "a.jsonl").write_text('{"id": "1", "text": "words"}\n{}\n')
    lenient = ["--set", "runtime.guards.quarantine_share=0.5"]

    code, line, out, _err = call("plan", "--input", "*.jsonl")
    passed = call("plan", "--input", "*.jsonl", *lenient)[1]

    assert (code, line["status"]) == (3, "stopped")
    assert line["message"].startswith("runtime.guards.quarantine_share: ")
    assert "1 of 2 records" in line["message"]
    assert re.search(r"^sample_refused\.text_missing +1$", out, re.M)
    assert passed["status"] == "planned"
    assert passed["counts"]["sample_refused"] == {"text_missing": 1}


def test_a_forecast_counts_documents_as_often_as_they_may_stand(call, corpus):
    times = ["--set", "recipe.selection.rehydrate={2: 3, 9: 1}"]
    stages = ["--set", "recipe.mix.stages=[{repeats: 2}]"]

    lines = [call("plan", "--input", corpus, *more)[1] for more in ([], times, [*times, *stages])]

    once, thrice, both = (line["counts"]["shard_bytes_at_most_about"] for line in lines)
    assert (thrice, both) == (3 * once, 6 * once)


def test_a_forecast_takes_the_tokens_that_a_stage_wishes_for(call, corpus):
    stages = "recipe.mix.stages=[{name: a, tokens: 700}, {name: b, tokens: 300}]"

    _, line, _, _ = call("plan", "--input", corpus, "--set", stages)

    assert line["counts"]["shard_bytes_at_most_about"] == 2 * 1000


@pytest.mark.parametrize(
    "words",
    [
        ["--set", "recipe.pii.key=hunter2"],
        ["--set", "recipe.seed=hunter2"],
        ["--set", "runtime.token=hunter2"],
        ["--set", "runtime.password={a: hunter2}"],
        ["--set", "runtime.password=!secret hunter2"],
        ["--set", "recipe.language={threshold: hunter2}"],
        ["--conf", "secret.yaml"],
    ],
)
def test_no_message_repeats_the_value_of_a_key_it_refuses(call, here, words):
    (here / "secret.yaml").write_text("runtime: {master: x, secret_key: hunter2}\n")

    code, _line, out, err = call("run", *words)

    assert code == 2
    assert "hunter2" not in out + err


def test_a_guard_ends_in_3_and_anything_unexpected_in_1_without_its_words(capsys):
    def stop(*_):
        raise Stopped("runtime.guards.shard_bytes: too much")

    def refuse(*_):
        raise Refused("recipe.seed: no")

    def break_down(*_):
        raise RuntimeError("the text of a document")

    def fail(*_):
        return cli.Outcome(failed="2 files differ")

    found = {}
    for job in (stop, refuse, break_down, fail):
        code = cli.start("plan", job, [])
        captured = capsys.readouterr()
        found[job.__name__] = (code, json.loads(captured.out.splitlines()[-1])["status"])
        assert "the text of a document" not in captured.out + captured.err

    assert found == {
        "stop": (3, "stopped"),
        "refuse": (2, "refused"),
        "break_down": (1, "failed"),
        "fail": (1, "failed"),
    }


@pytest.mark.parametrize(
    ("texts", "versions"),
    [([], {}), (["tokens=3", "mix_plan=0"], {"tokens": 3, "mix_plan": 0})],
)
def test_table_versions_are_names_and_numbers(texts, versions):
    assert invocation.table_versions(texts) == versions


@pytest.mark.parametrize("text", ["tokens", "tokens=", "=3", "tokens=-1", "tokens=1.5", "a b=1"])
def test_a_table_version_of_another_form_is_refused(text):
    with pytest.raises(Refused, match=f"--table-version {re.escape(text)}: write it as NAME=N"):
        invocation.table_versions([text])


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_every_job(capsys, word):
    code = main([word])

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [job for job in JOBS if not any(line[:1] == [job] and line[3:] for line in lines)] == []


def test_a_job_without_spark_is_refused_with_what_brings_it():
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_SPARK], capture_output=True, text=True, check=False
    )

    assert told.returncode == 2
    assert "pyspark is not installed" in told.stderr
    assert ".whl[local]" in json.loads(told.stdout.splitlines()[-1])["message"]


def test_an_unknown_job_is_refused_with_the_known_ones(capsys):
    code = main(["dedupe"])

    err = capsys.readouterr().err
    assert code == 2
    assert all(job in err for job in JOBS)


@pytest.mark.parametrize("words", [[], ["dedupe"]])
def test_the_last_line_is_json_even_without_a_job(capsys, words):
    main(words)

    assert json.loads(capsys.readouterr().out.splitlines()[-1])["status"] == "refused"


def test_a_word_that_is_not_utf8_is_refused_with_a_json_line(call):
    code, line, _out, _err = call("run", "--input", "\udcff*.jsonl")

    assert (code, line["status"]) == (2, "refused")


@pytest.mark.parametrize("name", ["batches.KernelFailed", "artefacts.WrongArtefact"])
def test_what_a_worker_may_say_of_its_failure_is_told_and_nothing_around_it(name):
    said = f"a row\ncorpusmill.{name}: lid.bin is not on this machine\n\tat another.row"

    told = cli.describe(RuntimeError(said))

    assert "RuntimeError: lid.bin is not on this machine" in told
    assert "row" not in told
