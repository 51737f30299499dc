# The versions of kubeadm.exe that can be downloaded of some minors, as binary-offered.sh prints them.
# Base URL; architecture; minors.
$base, $architecture, $minors = $args
function Write-Section($Name) { "$([char]0x1e)$Name" }
foreach ($minor in $minors) {
    $stable = & curl.exe -fsSL --retry 2 --connect-timeout 30 "$base/release/stable-$minor.txt"
    if ($LASTEXITCODE -ne 0) {
        Write-Section "error $minor"
        "$base/release/stable-$minor.txt: curl.exe ended with exit code $LASTEXITCODE"
        continue
    }
    Write-Section "offered $minor"
    for ($patch = [int]("$stable" -split '\.')[-1]; $patch -ge 0; $patch--) {
        & curl.exe -fsSLI --connect-timeout 30 -o NUL "$base/v$minor.$patch/bin/windows/$architecture/kubeadm.exe.sha256"
        if ($LASTEXITCODE -eq 0) { "v$minor.$patch" }
    }
}
Write-Section 'end'
