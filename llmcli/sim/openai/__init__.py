"""OpenAI's APIs as the simulator speaks them: Chat Completions and Responses."""
