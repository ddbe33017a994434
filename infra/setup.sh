#!/usr/bin/env bash
# Installs with apt what this machine lacks, as root or through a sudo that asks nothing; otherwise says what to type.
# Usage: setup.sh            what `itra` needs: PostgreSQL's programs, libturbojpeg
#        setup.sh --tests    and what the tests need: an S3 server (OpenStack Swift), curl
set -euo pipefail

required=() optional=()
if [[ -z ${ITRA_POSTGRES:-}${ITRA_PG_BIN:-} ]] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && ! command -v initdb >/dev/null; then
  required+=(postgresql)
fi
# NetVips decodes without it, half as fast.
compgen -G '/usr/lib/*/libturbojpeg.so.0' >/dev/null || optional+=(libturbojpeg0)
if [[ ${1:-} == --tests ]]; then
  for kind in proxy account container object; do
    command -v swift-$kind-server >/dev/null || optional+=(swift-$kind)
  done
  for program in memcached curl; do
    command -v $program >/dev/null || optional+=($program)
  done
fi
missing=("${required[@]}" "${optional[@]}")
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
  [[ ${#required[@]} -eq 0 ]] && exit 0
  echo 'itra needs PostgreSQL: install it and set ITRA_PG_BIN to the folder with initdb, or set ITRA_POSTGRES to a server' >&2
  exit 1
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! sudo -n true 2>/dev/null; then
    [[ ${#required[@]} -eq 0 && ${1:-} != --tests ]] && exit 0
    echo "itra needs ${missing[*]}; type: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    [[ ${#required[@]} -eq 0 ]] || exit 1
    exit 0
  fi
  as_root=(sudo -n)
fi

log=$(mktemp)
# Debian's packages start a cluster and the Swift servers when they are installed; Itra wants the programs only. A policy of
# the machine's own is left alone.
cluster=/etc/postgresql-common/createcluster.d/itra.conf policy=/usr/sbin/policy-rc.d
[[ -e $policy ]] && policy=
undo() { "${as_root[@]}" rm -f "$cluster" $policy; rm -f "$log"; }
trap undo EXIT
"${as_root[@]}" mkdir -p "${cluster%/*}"
echo 'create_main_cluster = false' | "${as_root[@]}" tee "$cluster" >/dev/null
if [[ -n $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
fi

echo "installing ${missing[*]}..." >&2
if ! { "${as_root[@]}" apt-get update -qq &&
       "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 5 "$log" >&2
  echo "itra: apt-get could not install ${missing[*]}" >&2
  [[ ${#required[@]} -eq 0 ]] || exit 1
fi
