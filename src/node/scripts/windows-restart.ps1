# Restarts services, or starts those that were stopped for their new program. Arguments: their names.
foreach ($name in $args) {
    Restart-Service -Name $name
    "${name}: $((Get-Service -Name $name).Status)"
}
