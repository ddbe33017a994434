#!/usr/bin/env bash
# A real S3 server for tests, from Debian's packages: OpenStack Swift with its S3 API, one replica, on 127.0.0.1 only.
# Usage: swift-s3.sh start FOLDER PORT    listens on PORT, keeps its own servers on the four ports above
#        swift-s3.sh stop FOLDER
# Access key test:tester, secret key testing, region us-east-1.
set -euo pipefail
[[ $# -ge 2 ]] || { sed -n '3,4s/^# //p' "$0" >&2; exit 2; }
folder=$(realpath -m "$2")

# Each server leads a process group of its own. It serves one test run: nothing in it is worth a slow end.
stop() {
  local file
  for file in "$folder"/run/*; do
    [[ -f $file ]] || continue
    kill -KILL -- "-$(<"$file")" 2>/dev/null || true
    rm -f "$file"
  done
}

[[ $1 == stop ]] && { stop; exit 0; }
[[ $1 == start && $# -eq 3 ]] || { echo "swift-s3.sh: start FOLDER PORT, or stop FOLDER" >&2; exit 2; }
port=$3 conf=$folder/etc
mkdir -p "$conf" "$folder"/{devices/disk,log,run}

# Swift refuses to serve as root; its packages bring a user for that.
user=$(id -un) as_user=()
if [[ $EUID -eq 0 ]]; then
  user=swift
  as_user=(setpriv --reuid=swift --regid=swift --init-groups)
fi

run() {
  local name=$1
  shift
  setsid "${as_user[@]}" "$@" >"$folder/log/$name" 2>&1 </dev/null &
  echo $! >"$folder/run/$name"
}

cat >"$conf/swift.conf" <<CONF
[swift-hash]
swift_hash_path_prefix = itra
swift_hash_path_suffix = itra
[storage-policy:0]
name = single
default = yes
CONF

storage_server() {
  local kind=$1 at=$2
  cat >"$conf/$kind.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $at
user = $user
swift_dir = $conf
devices = $folder/devices
mount_check = false
disable_fallocate = true
workers = 0
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
CONF
  (cd "$conf"
   swift-ring-builder $kind.builder create 4 1 1
   swift-ring-builder $kind.builder add --region 1 --zone 1 --ip 127.0.0.1 --port "$at" --device disk --weight 1
   swift-ring-builder $kind.builder rebalance) >"$folder/log/$kind-ring" 2>&1
}
storage_server account $((port + 1)) & storage_server container $((port + 2)) & storage_server object $((port + 3)) &
wait

cat >"$conf/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
user = $user
swift_dir = $conf
workers = 0
[pipeline:main]
pipeline = catch_errors cache listing_formats bulk s3api tempauth slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$((port + 4))
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
# Object versioning is built on symlinks.
[filter:symlink]
use = egg:swift#symlink
CONF

[[ $EUID -ne 0 ]] || chown -R swift:swift "$folder"
run memcached memcached -l 127.0.0.1 -p $((port + 4)) -m 32
for kind in account container object proxy; do run $kind swift-$kind-server "$conf/$kind.conf"; done

for _ in {1..120}; do
  # Without a signature the server answers 403, or 4xx of some kind: it is there.
  [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/") == 4?? ]] && exit 0
  sleep 0.25
done
echo "swift-s3.sh: no answer on port $port; its logs, of $folder/log:" >&2
tail -n 3 "$folder"/log/* >&2
stop
exit 1
