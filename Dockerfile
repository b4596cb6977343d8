# One file, four images: docker build --target products . and the same with inventory, gateway and
# test. The first three hold Node with the libraries that it needs, a service as one file, and what
# that file loads: no package manager, no sources.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/events/package.json packages/events/
COPY packages/jsonapi/package.json packages/jsonapi/
COPY packages/money/package.json packages/money/
COPY packages/runtime/package.json packages/runtime/
COPY packages/webhooks/package.json packages/webhooks/
COPY services/gateway/package.json services/gateway/
COPY services/inventory/package.json services/inventory/
COPY services/products/package.json services/products/
COPY tools/postgres-binaries/package.json tools/postgres-binaries/
COPY web/package.json web/
# The optional packages are the native parts of the bundler and of Tailwind, and a PostgreSQL for
# tests; and Node itself, which is here.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --include=dev --include=optional --ignore-scripts && rm -r node_modules/node-linux-*

FROM packages AS build
COPY tsconfig.json LICENSE ./
COPY packages packages
COPY services services
COPY tools tools
COPY web web
RUN node tools/build.ts && node tools/container/build.ts /images

# A root with Node, and Bash for the probe: what else a Debian has is of use to intruders only.
FROM node:24.21.0-bookworm-slim AS root
RUN mkdir -p /files && cp --parents /usr/local/bin/node /bin/bash \
      $(ldd /usr/local/bin/node /bin/bash | grep -o '/lib[^ ]*' | sort -u) /files && \
    mkdir -m 1777 /files/tmp && mkdir -p /files/app/data /files/app/compiled && \
    chown -R 1000:1000 /files/app/data /files/app/compiled && chmod 700 /files/app/data && \
    echo 'anaquel:x:1000:1000::/app:/bin/false' >/files/passwd && mkdir /files/etc && \
    mv /files/passwd /files/etc/

FROM scratch AS base
COPY --from=root /files /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor=Anaquel org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION
ENV PATH=/usr/local/bin:/bin NODE_ENV=production HOST=0.0.0.0 \
    NODE_COMPILE_CACHE=/app/compiled SQLITE_TMPDIR=/app/data
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=1048576 MALLOC_MMAP_THRESHOLD_=4194304
WORKDIR /app
# By its number, since Kubernetes trusts no name not to be root.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=500ms \
  CMD ["bash", "probe.sh"]

FROM base AS products
LABEL org.opencontainers.image.title="Anaquel Products"
COPY --from=build /images/products ./
ENV PORT=8001
EXPOSE 8001
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/products/entry.mjs"]
RUN ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/products/entry.mjs", "warm-up"]

FROM base AS inventory
LABEL org.opencontainers.image.title="Anaquel Inventory"
COPY --from=build /images/inventory ./
ENV PORT=8002
EXPOSE 8002
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/inventory/entry.mjs"]
RUN ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/inventory/entry.mjs", "warm-up"]

FROM base AS gateway
LABEL org.opencontainers.image.title="Anaquel Gateway"
COPY --from=build /images/gateway ./
ENV PORT=8000
EXPOSE 8000
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/gateway/entry.mjs"]
RUN ["node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--no-allocation-site-pretenuring", "dist/gateway/entry.mjs", "warm-up"]

# The sources with all that tests need, for docker compose run --rm test <folder>.
FROM build AS test
COPY vitest.config.ts ./
COPY e2e e2e
COPY docs docs
# Where Vite and Vitest write.
RUN mkdir -p node_modules/.vite node_modules/.vite-temp node_modules/.cache && \
    chmod 1777 node_modules/.vite node_modules/.vite-temp node_modules/.cache
USER 1000:1000
ENTRYPOINT ["node", "tools/container/run-tests.ts"]
