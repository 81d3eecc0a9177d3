"""Write the report of the corpus as one HTML page.

Reads    all tables; of texts only the parts of a few samples that are shown
Writes   <output>/report.html
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.invocation import samples_option
from corpusmill.mill import Mill, Outcome
from corpusmill.report.gather import gather
from corpusmill.report.page import render
from corpusmill.summary import summarise


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Gather, render, write."""
    facts = gather(mill, arguments.samples)
    path = mill.output / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(facts), encoding="utf-8")
    return Outcome(summarise(facts), extra={"report": str(path)}, status="done")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("report-corpus", run, arguments, samples_option, __doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
