"""What every room needs to know about text: characters, words, shingles, normal forms. No Spark."""
