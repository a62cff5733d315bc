"""What a model wrote: the value in it, records while they stream, how sure it was."""
