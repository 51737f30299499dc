# What stands before the minor in the address of a Kubernetes repository, for grep and sed: some mirrors write no colons.
repository_layout='core:\{0,1\}/stable:\{0,1\}/'
# The command for sed that has such an address name another minor, and nothing else changed.
# $1: minor that it names; $2: minor that it is to name; $3: base URL of a mirror, or empty.
repository_minor() {
  if [ -n "$3" ]; then
    printf '%s' "s#https\\{0,1\\}://[^ ]*${repository_layout}v$1/#$3/core:/stable:/v$2/#"
  else
    printf '%s' "s#\\($repository_layout\\)v$1/#\\1v$2/#"
  fi
}
