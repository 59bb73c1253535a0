#!/bin/sh
# Installs wxcheck from a release, and checks its checksum: install.sh [VERSION] [FOLDER]
#
#   curl -fsSL RELEASES/latest/download/install.sh | sh
#   curl -fsSL RELEASES/latest/download/install.sh | sh -s -- 0.1.0 ~/bin
#
# VERSION is the latest unless given (or in WXCHECK_VERSION), FOLDER ~/.local/bin (WXCHECK_INSTALL). RELEASES is where this script
# came from; WXCHECK_RELEASES names another place, like that of a mirror. The last line printed is the path of the program.
set -eu

# The release workflow puts the repository's address here.
releases=${WXCHECK_RELEASES:-@RELEASES@}
version=${1:-${WXCHECK_VERSION:-latest}}
folder=${2:-${WXCHECK_INSTALL:-$HOME/.local/bin}}

fail() {
  echo "error: $1" >&2
  exit 1
}

# The name of this machine's archive: a static program on Linux, so that the C library does not matter.
target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "no program is built for $machine; build it: cargo install wxcheck" ;;
  esac
  case $system in
    Linux) echo "$machine-unknown-linux-musl" ;;
    Darwin) echo "$machine-apple-darwin" ;;
    MINGW* | MSYS* | CYGWIN*) echo "$machine-pc-windows-msvc" ;;
    *) fail "no program is built for $system; build it: cargo install wxcheck" ;;
  esac
}

download() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
  elif command -v wget >/dev/null; then
    wget --quiet --tries=3 --output-document="$2" "$1"
  else
    fail "neither curl nor wget is installed"
  fi || fail "cannot download $1"
}

sum() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1"
  else
    shasum --algorithm 256 "$1"
  fi | cut -d ' ' -f 1
}

case $releases in
  @*) fail "this script is not from a release; name the place in WXCHECK_RELEASES, like https://HOST/OWNER/wxcheck/releases" ;;
esac
case $version in
  latest) from=$releases/latest/download ;;
  *) from=$releases/download/v${version#v} ;;
esac
target=$(target)
program=wxcheck
archive=wxcheck-$target.tar.gz
case $target in
  *windows*)
    program=wxcheck.exe
    archive=wxcheck-$target.zip
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

download "$from/SHA256SUMS" "$work/SHA256SUMS"
download "$from/$archive" "$work/$archive"
# One line a file: the checksum, two spaces, the name.
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
[ -n "$expected" ] || fail "SHA256SUMS has no $archive"
actual=$(sum "$work/$archive")
[ "$actual" = "$expected" ] || fail "$archive has the checksum $actual, and SHA256SUMS says $expected; nothing was installed"

case $archive in
  *.zip) unzip -q "$work/$archive" -d "$work" ;;
  *) tar -xzf "$work/$archive" -C "$work" ;;
esac
mkdir -p "$folder"
# Moved into place, since a program that runs cannot be written to.
cp "$work/wxcheck-$target/$program" "$folder/.$program.new"
chmod 755 "$folder/.$program.new"
mv -f "$folder/.$program.new" "$folder/$program"
"$folder/$program" --version >&2
case :$PATH: in
  *:"$folder":*) ;;
  *) echo "note: $folder is not on the PATH" >&2 ;;
esac
echo "$folder/$program"
