"""A long document: cut into chunks at the best places, read several at a time, its records put together again."""
