"""Where in the text a value was read: quotes asked for, found again, and put beside the data."""
