"""Pages for tests: a body, an article that the extractor takes for the main text."""

from corpusmill.ingest.extract import ExtractRules

RULES = ExtractRules()


def page(body, head="", attributes=' lang="en"'):
    return (
        f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>".encode()
    )


def article(text="This is a sentence about something, as articles have them.", count=8):
    return "<article>" + "".join(f"<p>{text} {n}</p>" for n in range(count)) + "</article>"
