"""How fast a job may go: as fast as the provider takes it, and no faster.

Nothing here reads a clock, sleeps or draws by itself: times are readings of one monotonic clock, in seconds.
"""
