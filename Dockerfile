# One file, three images: docker build --target products . and the same with inventory and gateway.
# A service runs from its bundle. Beside it are the production dependencies, and the sources, which
# are its migrations and what the tools run.

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/jsonapi/package.json packages/jsonapi/
COPY packages/runtime/package.json packages/runtime/
COPY packages/webhooks/package.json packages/webhooks/
COPY packages/events/package.json packages/events/
COPY packages/money/package.json packages/money/
COPY services/products/package.json services/products/
COPY services/inventory/package.json services/inventory/
COPY services/gateway/package.json services/gateway/
# The optional packages are Node itself, which the base image has.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# What builds the services and the web app is needed nowhere else. Its native parts (rolldown,
# lightningcss, Tailwind) are optional packages.
FROM dependencies AS build
COPY web/package.json web/
RUN npm ci --include=dev --include=optional --ignore-scripts
COPY packages packages
COPY services services
COPY tools tools
COPY tsconfig.json ./
COPY web web
RUN node tools/build.ts

FROM node:24.21.0-bookworm-slim AS base
ENV NODE_ENV=production HOST=0.0.0.0 MALLOC_ARENA_MAX=2
WORKDIR /app
# A named volume takes over the owner of the folder that it is mounted on.
RUN mkdir -m 700 /data && chown node:node /data
COPY --from=dependencies /app ./
COPY packages packages
COPY services/manifest.ts services/
COPY tools tools
USER node
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

FROM base AS products
COPY services/products services/products
COPY --from=build /app/dist/products dist/products
ENV PORT=8001 DATABASE_URL=file:/data/products.db PRODUCTS_DATABASE_URL=file:/data/products.db
EXPOSE 8001
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "--no-allocation-site-pretenuring", "dist/products/main.js"]

FROM base AS inventory
COPY services/inventory services/inventory
COPY --from=build /app/dist/inventory dist/inventory
ENV PORT=8002 DATABASE_URL=file:/data/inventory.db INVENTORY_DATABASE_URL=file:/data/inventory.db
EXPOSE 8002
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "--no-allocation-site-pretenuring", "dist/inventory/main.js"]

FROM base AS gateway
COPY services/gateway services/gateway
COPY --from=build /app/dist/gateway dist/gateway
COPY --from=build /app/web/dist web/dist
ENV PORT=8000
EXPOSE 8000
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "--no-allocation-site-pretenuring", "dist/gateway/main.js"]
