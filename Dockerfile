# The REST service in a small image:
#
#   docker build -t truebatch .
#   docker run --rm -v truebatch:/data truebatch token add ann
#   docker run -d -p 8001:8001 -v truebatch:/data -e GEMINI_API_KEY truebatch
#
# Everything it keeps is in /data. Stopping it loses nothing; give it 30 s (--stop-timeout 30) to let an
# upload end.

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY processor processor
COPY validation validation
COPY sandbox sandbox
RUN pip install --no-cache-dir --prefix=/installed '.[service,web]'

FROM python:3.13-slim
COPY --from=build /installed /usr/local
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin truebatch \
    && install --directory --owner truebatch /data
USER 10001
WORKDIR /data
VOLUME /data
ENV PYTHONUNBUFFERED=1
EXPOSE 8001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8001/health', timeout=5)"]
ENTRYPOINT ["truebatch"]
CMD ["serve", "--host", "0.0.0.0"]
