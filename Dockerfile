# syntax=docker/dockerfile:1
# One image for every process: `platen serve`, `platen api`, `platen worker`.
#   docker build -t platen .
#   docker run --init=false --security-opt seccomp=seccomp.json -p 127.0.0.1:8080:8080 -v platen:/data platen

FROM python:3.13-slim-bookworm AS build
WORKDIR /opt/platen
COPY requirements/run.lock requirements/run.lock
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.lock

FROM python:3.13-slim-bookworm
ENV PATH=/opt/platen/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/platen
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data platen \
 && install -d -o platen -g platen /data
COPY --from=build /opt/platen/.venv .venv
COPY pyproject.toml ./
COPY core core
COPY egress egress
COPY renderer renderer
COPY scripts scripts
RUN scripts/install-system service && rm -rf /var/lib/apt/lists/*
COPY fonts fonts
COPY templates_store templates_store
COPY jobs jobs
COPY api api
COPY studio studio
COPY platen platen
RUN python -m compileall -q core egress renderer templates_store jobs api studio platen \
 && printf '#!/opt/platen/.venv/bin/python\nfrom platen.cli import main\n\nmain()\n' > .venv/bin/platen \
 && chmod 755 .venv/bin/platen \
 && echo /opt/platen > "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/platen.pth"
USER platen
VOLUME /data
EXPOSE 8080
ENV PLATEN_DATA_DIR=/data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/ready', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["platen", "serve", "--host", "0.0.0.0", "--port", "8080"]
