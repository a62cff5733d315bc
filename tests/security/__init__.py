"""Input from others, such as a checkout, an answer or a damaged file, does no harm."""
