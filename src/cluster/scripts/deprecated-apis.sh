# The deprecated APIs that this node's API server was asked for since it started. Needs kubectl.sh.
section started
admin get --raw /metrics | sed -n 's/^process_start_time_seconds /start /p; /^apiserver_requested_deprecated_apis{/p'
section end
