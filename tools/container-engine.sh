#!/usr/bin/env bash
# Runs a command beside a Docker Engine on a Debian machine that has none:
#
#   tools/container-engine.sh COMMAND…
#
# The engine lives in namespaces of its own, so that nothing of it shows outside and all of it ends
# with the command. The command runs in a copy of the project, as far as Git knows of it, with
# docker, docker compose and node. It needs root, /dev/net/tun, and a Debian mirror in the sources
# of apt. No registry of images is asked: the base images are one, made of Debian and the Node that
# runs here, under the names that the Dockerfiles give them.
#
# What is downloaded and built is kept in ~/.cache/anaquel/containers, or in CONTAINERS_CACHE.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${CONTAINERS_CACHE:-$HOME/.cache/anaquel/containers}
engine=$cache/engine # the root in which the engine runs
base_images=$(sed -n 's/^FROM \([^ ]*:[^ ]*\).*/\1/p' "$project/Dockerfile" \
  "$project"/deploy/scale/*/Dockerfile | sort -u)
node_program=$(command -v node)

fail() {
  echo "container-engine: $*" >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'must be run by root.'
[ -e /dev/net/tun ] || fail 'needs /dev/net/tun.'
[ $# -gt 0 ] || fail 'needs a command to run.'
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
  grep -v -e security -e snapshot | head -n 1 | tr -d ' ' || true)
[ -n "$mirror" ] || fail 'finds no Debian mirror in the sources of apt.'
mkdir -p "$cache/docker"
# One engine at a time works on what is kept.
exec 9>"$cache/lock"
flock 9

# Unpacks packages of a Debian release, and all that they need, into a folder. Nothing is
# configured: that takes most of the time of an installation, and programs run without it.
unpack() { # release, folder, packages…
  local release=$1 folder=$2 state=$cache/apt-$1
  shift 2
  rm -rf "$folder" "$state"
  mkdir -p "$folder" "$state/lists/partial" "$state/archives/partial"
  echo "deb $mirror $release main" >"$state/sources.list"
  : >"$state/status"
  local options=(-qq -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::State::Status=$state/status"
    -o "Dir::Cache::Archives=$state/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=true)
  apt-get "${options[@]}" update
  apt-get "${options[@]}" install -y --download-only --no-install-recommends "$@" >/dev/null
  # Debian's /bin and /lib are links into /usr.
  for name in bin sbin lib lib64; do
    mkdir -p "$folder/usr/$name"
    ln -s "usr/$name" "$folder/$name"
  done
  for archive in "$state"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" |
      tar -x -C "$folder" --keep-directory-symlink --exclude='./usr/share/doc' --exclude='./usr/share/man'
  done
  ldconfig -r "$folder"
  rm -rf "$state"
}

make_engine() {
  unpack trixie "$engine.part" bash coreutils grep sed findutils procps util-linux mount tar gzip \
    xz-utils iproute2 iptables slirp4netns runc containerd docker.io docker-cli docker-compose \
    docker-buildx libstdc++6 ca-certificates git
  for name in iptables ip6tables iptables-save iptables-restore ip6tables-save ip6tables-restore; do
    ln -sf xtables-legacy-multi "$engine.part/usr/sbin/$name"
  done
  ln -sf bash "$engine.part/usr/bin/sh"
  mkdir -p "$engine.part"/{etc/docker,proc,sys,dev,run,tmp,old,src,docker,share}
  printf 'root:x:0:0:root:/root:/bin/bash\n' >"$engine.part/etc/passwd"
  printf 'root:x:0:\ndocker:x:999:\n' >"$engine.part/etc/group"
  mv "$engine.part" "$engine"
}

# The image that the Dockerfile starts from, as far as it is used: Debian with Node and npm.
make_base_image() {
  local root=$cache/base.part npm_folder
  npm_folder=$(dirname "$(readlink -f "$(command -v npm)")")/..
  rm -rf "$root"
  (cd "$cache" && apt-get download -qq -o APT::Sandbox::User=root debootstrap && dpkg-deb -x debootstrap_*.deb debootstrap && rm debootstrap_*.deb)
  DEBOOTSTRAP_DIR=$cache/debootstrap/usr/share/debootstrap \
    unshare --mount sh "$cache/debootstrap/usr/sbin/debootstrap" --variant=minbase bookworm "$root" "$mirror" >"$cache/base.log" 2>&1 ||
    fail "the base image could not be made: see $cache/base.log"
  install -D "$node_program" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules" "$root/etc/ssl/certs"
  cp -r "$npm_folder" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  # What this machine trusts, and where its npm looks for packages.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  local settings
  settings=$(npm config get globalconfig)
  [ ! -f "$settings" ] || install -D -m 644 "$settings" "$root/usr/local/etc/npmrc"
  chroot "$root" useradd --uid 1000 --user-group --create-home node
  rm -rf "$root"/var/cache/apt/archives/*.deb
  tar -c -C "$root" . >"$cache/base.tar.part"
  rm -rf "$root" "$cache/debootstrap"
  mv "$cache/base.tar.part" "$cache/base.tar"
}

[ -e "$cache/base.tar" ] || make_base_image &
base=$!
[ -e "$engine/share" ] || make_engine
wait "$base"

# An engine that was killed has left the number of its containerd, which another process may have.
rm -rf "$engine/src" "$engine/var/run/docker"
mkdir -p "$engine/src"
(cd "$project" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T -) | tar -x -C "$engine/src"
cp "$node_program" "$engine/usr/local/bin/node" 2>/dev/null || install -D "$node_program" "$engine/usr/local/bin/node"
ln -f "$cache/base.tar" "$engine/share/base.tar"
cp /etc/ssl/certs/ca-certificates.crt "$engine/share/"
cp /etc/resolv.conf "$engine/share/resolv.conf"
printf '%q ' "$@" >"$engine/share/command"

# In the new root, with the network of the machine: gives the engine a network of its own.
cat >"$engine/share/network.sh" <<'INSIDE'
umount -l /old
cp /share/resolv.conf /etc/resolv.conf
mkdir -p /run/netns /run/lock
ip netns add engine
slirp4netns --configure --mtu=1400 --netns-type=path --ready-fd=3 /run/netns/engine tap0 \
  3>/run/network-is-ready >/share/network.log 2>&1 &
network=$!
for _ in $(seq 100); do [ -s /run/network-is-ready ] && break; sleep 0.1; done
echo 'nameserver 10.0.2.3' >/etc/resolv.conf
nsenter --net=/run/netns/engine bash /share/engine.sh
code=$?
kill "$network"
exit "$code"
INSIDE

# In that network: starts the engine, runs the command, ends the engine.
cat >"$engine/share/engine.sh" <<'INSIDE'
export PATH=/usr/local/bin:/usr/sbin:/usr/bin HOME=/root DOCKER_HOST=unix:///run/docker.sock
export NODE_EXTRA_CA_CERTS=/share/ca-certificates.crt
mkdir -p /root /run/lock
sysctl -q -w net.ipv4.ip_forward=1
dockerd --data-root /docker --host "$DOCKER_HOST" --default-ulimit nofile=20000:20000 \
  >/share/engine.log 2>&1 &
engine=$!
for _ in $(seq 240); do
  docker version >/dev/null 2>&1 && break
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.25
done
if ! docker version --format 'Docker Engine {{.Server.Version}} was started.'; then
  tail -n 20 /share/engine.log
  exit 1
fi
docker image inspect anaquel/base >/dev/null 2>&1 || docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  --change 'ENV NPM_CONFIG_CAFILE=/etc/ssl/certs/ca-certificates.crt' \
  --change 'CMD ["node"]' /share/base.tar anaquel/base >/dev/null
for image in $BASE_IMAGES; do docker tag anaquel/base "$image"; done
cd /src
eval "$(cat /share/command)"
code=$?
docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null 2>&1
docker builder prune --force --keep-storage 5GB >/dev/null 2>&1
kill "$engine"
wait "$engine"
exit "$code"
INSIDE

export ENGINE=$engine STORE=$cache/docker BASE_IMAGES=$base_images
exec unshare --mount --pid --fork --kill-child --ipc --uts --propagation private bash -c '
  set -e
  mount --bind "$ENGINE" "$ENGINE"
  cd "$ENGINE"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount --rbind /sys/fs/cgroup sys/fs/cgroup
  mount --rbind /dev dev
  mount -t tmpfs tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount --bind "$STORE" docker
  pivot_root . old
  cd /
  exec bash /share/network.sh'
