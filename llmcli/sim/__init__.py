"""The offline simulator: an engine that answers without a model, and a server for both wire protocols."""
