"""Models that only translate: OPUS-MT (Marian), NLLB, M2M100, MADLAD; by transformers or CTranslate2."""
