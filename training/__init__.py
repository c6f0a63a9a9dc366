"""From data to the file that ships: the heads of `answering/judging/`. `make train` runs it all."""
