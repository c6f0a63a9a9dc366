"""The engine: scheduler, pages, runner, sampling, drafts."""
