#!/usr/bin/env bash
# Starts a CockroachDB cluster of three nodes on this machine, on loopback, and initialises it once.
# Stores: .eventstream/cockroach/orders-1|2|3. SQL on 26257, 26258, 26259; its own pages on 8080, 8081, 8082.
# Not yet run: no CockroachDB was at hand. Written from its documentation.
set -euo pipefail

command -v cockroach >/dev/null || {
  echo 'cockroach is not on the PATH; see https://www.cockroachlabs.com/docs/stable/install-cockroachdb' >&2
  exit 1
}

folder="${1:-.eventstream/cockroach}"
mkdir -p "$folder"
nodes='127.0.0.1:26357,127.0.0.1:26358,127.0.0.1:26359'

for node in 1 2 3; do
  cockroach start --insecure \
    --store="$folder/orders-$node" \
    --listen-addr="127.0.0.1:$((26356 + node))" \
    --sql-addr="127.0.0.1:$((26256 + node))" \
    --http-addr="127.0.0.1:$((8079 + node))" \
    --join="$nodes" \
    --pid-file="$folder/orders-$node.pid" \
    --background
done

cockroach init --insecure --host=127.0.0.1:26357 || echo 'already initialised'
echo "three nodes run; next: deploy/cockroachdb/databases.sh"
