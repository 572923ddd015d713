# VAE Lab for a server: docker build --build-arg VAE_LAB_COMMIT=$(git rev-parse HEAD) -t vae-lab .
FROM python:3.11-slim AS libraries
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv --without-pip .venv \
    && python -m pip --python .venv/bin/python install --no-cache-dir --disable-pip-version-check -r requirements.txt
# What no running app opens: headers for C++, and the tests that libraries bring.
RUN cd .venv/lib/python3.11/site-packages \
    && rm -rf tensorflow/include clang \
    && find . -type d -name tests -prune -exec rm -rf {} +

FROM python:3.11-slim
ARG VAE_LAB_COMMIT=""
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/home/lab \
    KERAS_HOME=/data/keras \
    VAE_LAB_ARTIFACTS=/data \
    VAE_LAB_COMMIT=$VAE_LAB_COMMIT
# 1000 is whom Hugging Face's Spaces run an image as.
RUN useradd --create-home --uid 1000 lab && mkdir /data && chown lab:lab /data
WORKDIR /app
COPY --from=libraries /app/.venv .venv
COPY .streamlit/config.toml .streamlit/
COPY docs/icon.png docs/idea.png docs/
COPY LICENSE server.py streamlit_app.py ./
COPY pages pages
COPY vae vae
RUN python -m compileall -q pages vae server.py
USER 1000
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "server.py", "--server.port", "8501", "--server.headless", "true", "--server.address", "0.0.0.0"]
