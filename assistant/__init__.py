"""More than an answer: questions about the whole channel, following topics, quizzes and reading lists."""
