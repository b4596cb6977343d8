#!/usr/bin/env bash
# Runs etcd and Patroni as the machine db1, db2 or db3, until one of them ends.
set -euo pipefail
machine=$1
password=$(cat /run/secrets/database-password)
set -a
# shellcheck source=/dev/null
. "/etc/anaquel/$machine/etcd.env"
ETCD_DATA_DIR=/var/lib/postgresql/etcd
PATRONI_POSTGRESQL_DATA_DIR=/var/lib/postgresql/data
PATRONI_SUPERUSER_PASSWORD=$password
PATRONI_REPLICATION_PASSWORD=$password
PATRONI_REWIND_PASSWORD=$password
PATRONI_RESTAPI_PASSWORD=$password
set +a
mkdir -p "$ETCD_DATA_DIR"
etcd --log-level warn &
patroni "/etc/anaquel/$machine/patroni.yml" &
trap 'kill $(jobs -p)' TERM INT
wait -n || true
kill $(jobs -p) 2>/dev/null || true
wait
exit 1
