# Sourced by itra and test: one build at a time, in a log, with the errors on the screen.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
# A bare Debian has no libicu, and nothing here needs it.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

# 9 is the build lock. A dotnet that is started under it gets it closed: a server process it left behind would hold it for ever.
lock_builds() {
  mkdir -p "$root/artifacts" 2>/dev/null || true
  [[ -w $root/artifacts && ( ! -e $root/artifacts/build.lock || -w $root/artifacts/build.lock ) ]] || {
    echo "Itra has to be built, and $(id -un) may not write in $root/artifacts: clone it into a folder of your own" >&2
    exit 1
  }
  exec 9>"$root/artifacts/build.lock"
  flock 9
}

unlock_builds() { exec 9>&-; }

need_sdk() {
  dotnet --list-sdks 2>/dev/null | grep -q '^10\.' && return
  echo 'the .NET 10 SDK is missing; type: curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0 && export PATH="$HOME/.dotnet:$PATH"' >&2
  exit 1
}

# build LOG ARGUMENTS: runs `dotnet ARGUMENTS`
build() {
  local log=$1
  shift
  need_sdk
  if ! dotnet "$@" -c Release -p:UseSharedCompilation=false -p:NuGetAudit=false --nologo -v:minimal --tl:off >"$log" 2>&1 9>&- </dev/null; then
    grep -E '(: |^)error ' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
    echo "the build failed; all of it is in $log" >&2
    exit 1
  fi
}
