"""Where vectors are searched: a FAISS file, pgvector, or Milvus. `protocol.py` says what each of them can do."""
