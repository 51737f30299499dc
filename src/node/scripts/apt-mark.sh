# mark VERB PACKAGE...: apt-mark, which fails at once while somebody else holds dpkg's lock; apt-get waits as long for it.
mark() {
  tries=0
  until apt-mark "$@"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 120 ]; then
      echo 'apt-mark failed for ten minutes' >&2
      return 100
    fi
    [ "$tries" -gt 1 ] || echo 'trying for ten minutes: another process may hold the lock of dpkg'
    sleep 5
  done
}
