"""Everything a post may come as, read into one `Post`."""
