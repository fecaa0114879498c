#!/usr/bin/env bash
# Puts a Redis 8, a Valkey 8 and a Compose 2 of Debian's next release into a directory, without installing anything: the
# packages are unpacked there with all the libraries that they need. Taken from the archive that this machine's apt has.
#   scripts/newer-engines.sh DIRECTORY     makes redis-server, valkey-server and docker-compose in it; needs patchelf
set -euo pipefail
directory=$(realpath -m "${1:?where to put them: scripts/newer-engines.sh DIRECTORY}")
suite=trixie
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$directory/root"

archive=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
  sed -n 's/^\([^ ]*\) Debian [a-z]*$/\1/p' | head -n 1)
[ -n "$archive" ] || { echo "this machine's apt has no archive of Debian" >&2; exit 1; }
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keys" ] && signed="[signed-by=$keys]" || signed=
echo "deb $signed $archive $suite main" >"$apt/sources.list"

# An apt of its own, on a machine on which nothing is installed: so all libraries come along.
: >"$apt/status"
options=(-q -y --no-install-recommends --download-only
  -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
  -o "Dir::Cache=$apt" -o APT::Sandbox::User=)
apt-get "${options[@]}" update >&2
apt-get "${options[@]}" install redis-server valkey-server docker-compose >&2
for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$directory/root"; done

loader=$(find "$directory/root" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$(find "$directory/root" -name 'libc.so.6' | head -n 1)")
for program in redis-server valkey-server docker-compose; do
  cp --dereference "$directory/root/usr/bin/$program" "$directory/$program.new"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$directory/$program.new"
  "$directory/$program.new" --version >&2
  mv "$directory/$program.new" "$directory/$program"
done
