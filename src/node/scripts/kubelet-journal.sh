# Why the kubelet does not come up: its state and its last words.
systemctl show kubelet -p ActiveState -p SubState -p NRestarts -p Result
journalctl -u kubelet --no-pager -o cat -n 15 2>/dev/null
