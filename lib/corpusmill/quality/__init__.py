"""Is a text worth keeping: published rule sets as measured signals, and a trained classifier."""
