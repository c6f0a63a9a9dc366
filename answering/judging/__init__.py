"""Do these passages answer, and is this sentence borne out by them?"""
