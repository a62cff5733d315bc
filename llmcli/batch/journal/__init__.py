"""What a job has done, kept on disk as it happens, so that it can be killed at any moment and gone on with."""
