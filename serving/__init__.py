"""An OpenAI-compatible server of a local quantised model."""
