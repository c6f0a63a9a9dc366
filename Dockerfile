# A thin wrapper over `make setup`. Build: docker build -t konspekt .   Run: see compose.yaml
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make g++ git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
# The CPU build of torch; pass an empty value to take the default one with CUDA
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Optional parts of pyproject.toml, comma-separated: milvus,otel
ARG EXTRAS=
RUN make setup TORCH_INDEX="$TORCH_INDEX" EXTRAS="$EXTRAS"

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 tini tesseract-ocr tesseract-ocr-rus \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 konspekt \
    && mkdir /data && chown konspekt /data
COPY --from=build --chown=konspekt /app /app
WORKDIR /app
USER konspekt
ENV PATH=/app/.venv/bin:$PATH KONSPEKT_HOME=/data METRICS_LISTEN=127.0.0.1:9100 PYTHONUNBUFFERED=1
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9100/health', timeout=4)"]
ENTRYPOINT ["tini", "--", "konspekt"]
CMD ["run"]
