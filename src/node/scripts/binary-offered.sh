# The versions of kubeadm that can be downloaded of some minors: up to the minor's stable one, those that are there.
# $1: base URL; $2: architecture; $3...: minors. Prints a section per minor, a version a line; or a section "error MINOR".
section() { printf '\036%s\n' "$1"; }
base=$1 architecture=$2
shift 2
for minor in "$@"; do
  if ! stable=$(curl -fsSL --retry 2 --connect-timeout 30 "$base/release/stable-$minor.txt" 2>&1); then
    section "error $minor"
    printf '%s: %s\n' "$base/release/stable-$minor.txt" "$stable"
    continue
  fi
  section "offered $minor"
  patch=${stable##*.}
  case $patch in '' | *[!0-9]*) continue ;; esac
  while [ "$patch" -ge 0 ]; do
    version=v$minor.$patch
    ! curl -fsSLI --connect-timeout 30 -o /dev/null "$base/release/$version/bin/linux/$architecture/kubeadm.sha256" 2>/dev/null || echo "$version"
    patch=$((patch - 1))
  done
done
section end
