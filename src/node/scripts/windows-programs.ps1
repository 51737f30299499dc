# What the scripts of Windows nodes have in common; goes before them.

# Where a program of an exact version is kept until it is installed.
$programs = Join-Path $env:ProgramData 'kubeadm-upgrade\programs'

# Runs a program; when it fails, the script ends with its exit code.
function Invoke-Program {
    $program, $rest = $args
    & $program @rest
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

# Downloads a program unless it is there, complete. What fails its checksum never gets its name.
# Base URL, as https://dl.k8s.io; version with the v; architecture; name. Returns the path.
function Get-Program($Base, $Version, $Architecture, $Name) {
    $address = "$Base/$Version/bin/windows/$Architecture/$Name.exe"
    $path = "$programs\$Version\$Name.exe"
    $null = New-Item -ItemType Directory -Force -Path "$programs\$Version"
    Invoke-Program curl.exe -fsSL --retry 3 --connect-timeout 30 -o "$path.sha256" "$address.sha256"
    # The first word: some mirrors write the name behind the sum.
    $wanted = ((Get-Content -LiteralPath "$path.sha256" -TotalCount 1) -split ' ')[0]
    if (-not (Test-Path -LiteralPath $path) -or (Get-FileHash -LiteralPath $path).Hash -ne $wanted) {
        [Console]::Out.WriteLine("downloading $address")
        Invoke-Program curl.exe -fsSL --retry 3 --connect-timeout 30 -o "$path.part" $address
        if ((Get-FileHash -LiteralPath "$path.part").Hash -ne $wanted) {
            [Console]::Error.WriteLine("$address is not what its .sha256 says")
            exit 66
        }
        Move-Item -Force -LiteralPath "$path.part" -Destination $path
    }
    $path
}

# What a program says it is, with the v; nothing when it is not there.
function Get-ProgramVersion($Name, $Path) {
    if (-not (Test-Path -LiteralPath $Path)) { return }
    $said = if ($Name -eq 'kubeadm') { & $Path version -o short } else { & $Path --version }
    "$said" -replace '^Kubernetes '
}
