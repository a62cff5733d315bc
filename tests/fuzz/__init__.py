"""The program fed with mutated input; see README.md here. The suite runs a few cases of each target."""
