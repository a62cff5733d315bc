"""Every command line in the help, the README and docs/ is run."""
