# The command for sed that has a Kubernetes repository's address name another minor, and nothing else changed: some mirrors write
# its layout without colons. $1: minor that it names; $2: minor that it is to name; $3: base URL of a mirror, or empty.
repository_minor() {
  layout='core:\{0,1\}/stable:\{0,1\}/'
  if [ -n "$3" ]; then
    printf '%s' "s#https\\{0,1\\}://[^ ]*${layout}v$1/#$3/core:/stable:/v$2/#"
  else
    printf '%s' "s#\\($layout\\)v$1/#\\1v$2/#"
  fi
}
