# A command of the policy, in PowerShell. Arguments: the command, the node that it is about.
$env:KUBEADM_UPGRADE_NODE = $args[1]
$global:LASTEXITCODE = 0
& ([ScriptBlock]::Create($args[0]))
exit $LASTEXITCODE
