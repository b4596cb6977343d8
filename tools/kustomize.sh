#!/usr/bin/env bash
# Prints the path of kustomize: the one that is installed, or else the one of Debian's release
# trixie, which is put into ~/.cache/anaquel/kustomize. Older releases have none, and run it.
set -euo pipefail

if command -v kustomize; then exit; fi
cache=$HOME/.cache/anaquel/kustomize
program=$cache/usr/bin/kustomize
if [ ! -x "$program" ]; then
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -v -e security -e snapshot | head -n 1 | tr -d ' ' || true)
  state=$cache/apt
  rm -rf "$state"
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  echo "deb $mirror trixie main" >"$state/sources.list"
  : >"$state/status"
  options=(-qq -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::State::Status=$state/status"
    -o "Dir::Cache::Archives=$state/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=true)
  apt-get "${options[@]}" update >&2
  (cd "$state" && apt-get "${options[@]}" download kustomize >&2)
  dpkg-deb -x "$state"/kustomize_*.deb "$cache"
  rm -rf "$state"
fi
echo "$program"
