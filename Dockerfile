# Einthoven's service: web application, REST API and worker. No step needs a GPU.
#   docker build -t einthoven . && docker run --rm --read-only --tmpfs /tmp -p 8060:8060 -v einthoven:/data einthoven

# The web application.
FROM node:22-bookworm-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm install --no-audit --no-fund
COPY web/ ./
# vite.config.ts writes to ../src/einthoven/service/static
RUN mkdir -p ../src/einthoven/service && npm run build

# The package, in an environment of its own.
FROM python:3.13-slim-bookworm AS package
WORKDIR /build
RUN python -m venv /opt/einthoven
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src/ src/
COPY --from=web /build/src/einthoven/service/static/ src/einthoven/service/static/
RUN /opt/einthoven/bin/pip install --no-cache-dir --constraint constraints.txt '.[serve,postgres,redis]'

# What runs: no compiler, no pip cache, no root.
FROM python:3.13-slim-bookworm
COPY --from=package /opt/einthoven /opt/einthoven
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin einthoven \
    && mkdir /data && chown einthoven /data
ENV PATH=/opt/einthoven/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    HOME=/tmp \
    EINTHOVEN_SERVICE_DATA=/data \
    EINTHOVEN_SERVICE_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8060
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8060/readyz', timeout=4)"]
# It refuses to start before there is a token: docker run … einthoven serve token add NAME --role reviewer
ENTRYPOINT ["einthoven"]
CMD ["serve"]
