# Sourced with a target by what builds: flags that keep this machine's paths and the time out of the program, so that two checkouts
# of one commit give the same. RUSTFLAGS that are set, even as nothing, are left as they are.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}
flags="--remap-path-prefix=$root=/wxcheck --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
# Packed relocations are half a megabyte less of a static program that can lie anywhere. GNU ld packs them for this machine.
if [ "${1-}" = x86_64-unknown-linux-musl ]; then
  flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs"
fi
RUSTFLAGS=${RUSTFLAGS-$flags}
export SOURCE_DATE_EPOCH RUSTFLAGS
