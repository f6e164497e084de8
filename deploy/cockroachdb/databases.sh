#!/usr/bin/env bash
# Makes the user and the databases, and grants them, as the order system's bootstrapper needs them.
# The bootstrapper makes the tables. Not yet run: no CockroachDB was at hand.
set -euo pipefail

user="${1:-eventstream}"
cockroach sql --insecure --host=127.0.0.1:26257 <<SQL
CREATE USER IF NOT EXISTS $user;
CREATE DATABASE IF NOT EXISTS eventstoredb;
CREATE DATABASE IF NOT EXISTS ordersdb;
CREATE DATABASE IF NOT EXISTS workersdb;
CREATE DATABASE IF NOT EXISTS gatewaydb;
GRANT ALL ON DATABASE eventstoredb TO $user;
GRANT ALL ON DATABASE ordersdb TO $user;
GRANT ALL ON DATABASE workersdb TO $user;
GRANT ALL ON DATABASE gatewaydb TO $user;
SQL
echo "next: SQL_URL=postgresql://$user@127.0.0.1:26257/defaultdb?sslmode=disable npm start"
