"""A post as the pictures of a carousel, for networks that show neither long text nor code."""
