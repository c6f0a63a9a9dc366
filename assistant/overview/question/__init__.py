"""Reading a question: is it about the whole channel, and what does it ask for?"""
