# Facts of a Windows worker, in sections as facts.sh prints them; changes nothing. Needs job-state.ps1; list-jobs.ps1 follows.
function Write-Section($Name) { "$([char]0x1e)$Name" }

# Where a program is: whence its process runs, or its service, else what the PATH finds, else where the documentation puts it.
function Find-Program($Name) {
    $process = Get-Process -Name $Name -ErrorAction SilentlyContinue | Where-Object Path | Select-Object -First 1
    if ($process) { return $process.Path }
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name='$Name'"
    if ($service.PathName -match ('^"?([^"]+\\' + $Name + '\.exe)')) { return $Matches[1] }
    $command = Get-Command "$Name.exe" -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($command) { return $command.Source }
    if (Test-Path -LiteralPath "C:\k\$Name.exe") { "C:\k\$Name.exe" }
}

$system = Get-CimInstance -ClassName Win32_OperatingSystem
Write-Section 'hostname'
[Net.Dns]::GetHostName()
Write-Section 'boot-id'
Get-BootId
Write-Section 'clock'
Get-Seconds
Write-Section 'system'
$system.Version
$env:PROCESSOR_ARCHITECTURE
$system.Caption
Write-Section 'kubelet-service'
"$((Get-Service -Name kubelet -ErrorAction SilentlyContinue).Status)"
Write-Section 'programs'
$names = @('kubeadm', 'kubelet')
# kube-proxy that is a DaemonSet is not a program of the node's.
if (Get-Service -Name kube-proxy -ErrorAction SilentlyContinue) { $names += 'kube-proxy' }
foreach ($name in $names) {
    $path = Find-Program $name
    if (-not $path) { continue }
    $version = if ($name -eq 'kubeadm') { & $path version -o short } else { & $path --version }
    "$name`t$path`t$version"
}
Write-Section 'disk'
"$([Math]::Floor((Get-PSDrive -Name C).Free / 1024))"
Write-Section 'jobs'
