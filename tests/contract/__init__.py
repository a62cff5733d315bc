"""What every provider and every run must keep: exit codes, deadlines, interrupts, what is recorded."""
