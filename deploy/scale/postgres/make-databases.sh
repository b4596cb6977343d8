#!/usr/bin/env bash
# Makes the services' user and databases on the leader, those that are missing, then ends.
set -euo pipefail
password=$(cat /run/secrets/database-password)
export PGPASSWORD=$password PGCONNECT_TIMEOUT=3
leader='host=db1,db2,db3 user=postgres dbname=postgres target_session_attrs=read-write'
for _ in $(seq 60); do
  psql -qAt "$leader" -c 'select 1' >/dev/null 2>&1 && break
  sleep 1
done
psql -qAt "$leader" -v ON_ERROR_STOP=1 -v password="$password" <<'SQL'
select 'create user anaquel' where not exists (select from pg_roles where rolname = 'anaquel') \gexec
alter user anaquel password :'password';
select format('create database %I owner anaquel', name)
  from unnest(array['anaquel_products', 'anaquel_inventory']) name
  where not exists (select from pg_database where datname = name) \gexec
SQL
