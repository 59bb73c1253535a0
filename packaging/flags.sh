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
# Parts of SQLite that no statement of the store needs: 0.2 megabytes.
sqlite="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_STAT4"
sqlite="$sqlite -USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_SOUNDEX -USQLITE_ENABLE_LOAD_EXTENSION"
sqlite="$sqlite -DSQLITE_OMIT_JSON -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_OMIT_DEPRECATED"
LIBSQLITE3_FLAGS=${LIBSQLITE3_FLAGS-$sqlite}
# The oldest macOS that the programs run on. maturin sets one if nobody did, and would have all of it built again.
MACOSX_DEPLOYMENT_TARGET=${MACOSX_DEPLOYMENT_TARGET:-11.0}
export SOURCE_DATE_EPOCH RUSTFLAGS LIBSQLITE3_FLAGS MACOSX_DEPLOYMENT_TARGET
