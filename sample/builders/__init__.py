"""What `sample/build.py` runs."""
