# What scripts of dnf and zypper have in common; goes before them.

# Ends the script where a package would get older: dnf does that without a word. $1: version; $2...: packages.
refuse_downgrade() {
  wanted=$1
  shift
  for package in "$@"; do
    rpm -q "$package" >/dev/null 2>&1 || continue
    newest=$(rpm -q --qf '%{VERSION}\n' "$package" | { cat; echo "$wanted"; } | sort -V | tail -n 1)
    [ "$newest" = "$wanted" ] && continue
    echo "$package $newest is installed; $wanted would be a downgrade" >&2
    exit 64
  done
}

# What an rpm that was killed leaves: the old version beside the new one, both installed. $1: version; $2...: packages.
remove_duplicates() {
  wanted=$1
  shift
  for package in "$@"; do
    [ "$(rpm -q "$package" | wc -l)" -gt 1 ] || continue
    rpm -q --qf '%{VERSION}\t%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' "$package" | while IFS="$(printf '\t')" read -r version name; do
      [ "$version" = "$wanted" ] || rpm -e "$name"
    done
  done
}

# The exit code of a package manager does not always say that it did nothing. $1: version; $2...: packages.
require_installed() {
  wanted=$1
  shift
  for package in "$@"; do
    installed=$(rpm -q --qf '%{VERSION}\n' "$package" | sort -u)
    [ "$installed" = "$wanted" ] && continue
    echo "$package is $installed, wanted is $wanted" >&2
    exit 65
  done
}

# Makes the key that signs the repository known to rpm, if its fingerprint is the pinned one.
# $1: keyring on the node, or empty: the key is left to gpgkey= of the repository; $2: fingerprint, or empty.
import_key() {
  [ -n "$1" ] || return 0
  if [ -n "$2" ]; then
    held=$(gpg --batch --show-keys --with-colons "$1" | sed -n '/^pub/{n;s/^fpr:*\([0-9A-F]*\):.*/\1/p;}')
    if [ "$held" != "$2" ]; then
      echo "$1 holds the key ${held:-that gpg cannot read}, pinned is $2" >&2
      exit 66
    fi
  fi
  rpm --import "$1"
}

# Extracts kubeadm from a package whose signature rpm accepts. $1: package; $2: folder; $3: repository file.
extract_kubeadm() {
  grep -q '^gpgcheck *= *\(0\|no\|false\)' "$3" || rpmkeys -K "$1" >&2 || return
  mkdir -p "$2"
  rpm2cpio "$1" | (cd "$2" && cpio -idm --quiet ./usr/bin/kubeadm) || return
  # shellcheck disable=SC2034 # for the script that calls it
  kubeadm=$2/usr/bin/kubeadm
}
