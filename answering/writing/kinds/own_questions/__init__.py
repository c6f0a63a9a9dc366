"""What a text asks itself, in a title, a heading or a line: the answer stands right below."""
