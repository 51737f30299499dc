#!/bin/bash
# network.sh up NETNS [POD_SUBNET NODE_ADDRESS]...: the lab's network namespace: a bridge for the nodes, routes to the pods.
# network.sh down NETNS
# Nothing connects it to the machine's network: no traffic leaves it.
set -euo pipefail

command=$1 netns=$2
shift 2
case $command in
  up)
    ip netns add "$netns"
    ip -n "$netns" link set lo up
    # Without an address of its own the bridge takes the lowest of its ports', another one whenever a node comes or goes.
    ip -n "$netns" link add br0 address 02:00:0a:c8:00:01 type bridge
    ip -n "$netns" address add 10.200.0.1/24 dev br0
    ip -n "$netns" address add fd00:10:200::1/64 dev br0 nodad
    ip -n "$netns" link set br0 up
    while [ $# -ge 2 ]; do
      ip -n "$netns" route add "$1" via "$2"
      shift 2
    done
    # Service addresses that no kube-proxy translates yet, right after a node's boot: a refusal makes a pod try again at
    # once, silence costs it 30 seconds.
    ip -n "$netns" route add local 10.96.0.0/12 dev lo
    ip -n "$netns" route add local fd00:10:96::/112 dev lo
    nsenter --net="/run/netns/$netns" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ;;
  down)
    [ ! -e "/run/netns/$netns" ] || ip netns delete "$netns"
    ;;
esac
