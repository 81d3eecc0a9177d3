"""One Spark session for all tests that ask for it; the others never start a JVM."""

from __future__ import annotations

import gc
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PARTITIONS = (1, 2, 7)


def pytest_configure() -> None:
    """What is imported stays; looking through it for garbage again and again takes a sixth."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """``make quick`` does not import files that are heavy as a whole: Presidio takes seconds."""
    if "not heavy" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.heavy\n" in collection_path.read_text("utf-8") or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses the session is marked ``spark``, so that ``make quick`` can leave it out."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The session our own command line would open, on two cores."""
    from corpusmill.recipe import Runtime
    from corpusmill.session import open_session

    folder = tmp_path_factory.mktemp("session")
    runtime = Runtime(
        master="local[2]",
        shuffle_partitions=2,
        driver_memory="2g",
        java_options="-XX:+UseParallelGC",
    )
    session = open_session(runtime, folder, verbose=False)
    yield session
    session.stop()


@pytest.fixture(params=[(n, seed) for n, seed in zip(PARTITIONS, (None, 1, 2), strict=True)])
def dealt(request: pytest.FixtureRequest, spark: object) -> Callable[..., object]:
    """A DataFrame of rows dealt over 1, 2 or 7 partitions, in their order or shuffled."""
    partitions, seed = request.param

    def deal(rows: list[tuple[object, ...]], schema: str) -> object:
        ordered = list(rows)
        if seed is not None:
            random.Random(seed).shuffle(ordered)
        return spark.createDataFrame(ordered, schema).repartition(partitions)  # type: ignore[attr-defined]

    return deal


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real labelled data beside the checkout; skipped where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data beside the checkout is not here")
    return folder


@pytest.fixture
def model_with(tmp_path: Path) -> Callable[..., Path]:
    """A fastText file with these labels, as small as one can be."""

    def make(*labels: str) -> Path:
        entries = b"".join(
            name.encode() + b"\0" + struct.pack("<qb", 1, kind)
            for name, kind in [("</s>", 0), *((label, 1) for label in labels)]
        )
        settings = struct.pack("<12id", 1, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100, 0.0001)
        matrices = [struct.pack("<?qq", False, n, 1) + b"\0" * 4 * n for n in (1, len(labels))]
        file = tmp_path / f"model-of-{len(labels)}-labels.bin"
        counts = struct.pack("<iiiqq", 1 + len(labels), 1, len(labels), 1, -1)
        head = struct.pack("<ii", 793_712_314, 12) + settings + counts
        file.write_bytes(head + entries + b"".join(matrices))
        return file

    return make
