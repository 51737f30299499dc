# What became of a job; job-state.sh for Windows, with the same files in a job's folder, and:
#   script.ps1   what it does, with its arguments
#   run.ps1      run-job.ps1, a process of its own
#   process      its id and the time of its start: ids are used again

$root = Join-Path $env:ProgramData 'kubeadm-upgrade'
$jobs = Join-Path $root 'jobs'

# The first line of a file, or - when there is none.
function Read-Word($Path) {
    $word = Get-Content -LiteralPath $Path -TotalCount 1 -ErrorAction SilentlyContinue
    if ($word) { $word } else { '-' }
}

# Counted up by Windows at every boot; the kubelet takes it for the node's boot id as well.
function Get-BootId {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters'
    "$((Get-ItemProperty -LiteralPath $key).BootId)"
}

# State (finished, running or lost), Code, and Rebooted: whether the machine was started anew since the job was.
function Get-JobState($Id) {
    $folder = Join-Path $jobs $Id
    $job = @{ State = 'finished'; Code = (Read-Word "$folder\exit-code"); Rebooted = 'no' }
    if ($job.Code -ne '-') { return $job }
    $job.State = 'lost'
    if ((Read-Word "$folder\boot-id") -ne (Get-BootId)) {
        $job.Rebooted = 'yes'
        return $job
    }
    $process, $began = (Read-Word "$folder\process") -split ' '
    if ($began) {
        $running = Get-Process -Id $process -ErrorAction SilentlyContinue
        if ($running -and "$($running.StartTime.ToFileTimeUtc())" -eq $began) {
            $job.State = 'running'
            return $job
        }
    }
    # It may have come to its end between the two looks.
    $job.Code = Read-Word "$folder\exit-code"
    if ($job.Code -ne '-') { $job.State = 'finished' }
    $job
}

# Seconds since the epoch.
function Get-Seconds { "$([DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() / 1000)" }
