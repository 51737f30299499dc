# Writes the lock of the cluster. With a resourceVersion in it the API server refuses it when somebody else was first.
# Needs kubectl.sh. $1: create or replace; $2: the Lease, JSON.
printf '%s\n' "$2" | admin "$1" -n kube-system -f -
