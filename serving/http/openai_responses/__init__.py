"""/v1/responses: the newer of OpenAI's two interfaces, as far as its client's `responses.create` needs it."""
