"""From a file or stdin to the requests of a job, one a row."""
