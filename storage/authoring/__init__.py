"""What an author taught by changing drafts."""
