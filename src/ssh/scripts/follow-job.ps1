# What a job printed since byte OFFSET, as follow-job.sh: id, offset, most bytes, tenths of a second to wait for news.
# Needs job-state.ps1.
$id, $offset, $most, $patience = $args
$folder = Join-Path $jobs $id
if (-not (Test-Path -LiteralPath $folder)) {
    [Console]::Error.WriteLine("there is no job $id")
    exit 1
}
function Get-Size { (Get-Item -LiteralPath "$folder\output").Length }

for ($waited = 0; $waited -lt [int]$patience; $waited++) {
    if ((Test-Path -LiteralPath "$folder\exit-code") -or (Get-Size) -gt [long]$offset) { break }
    Start-Sleep -Milliseconds 100
}
# State before size: what a finished job printed is then all there.
$job = Get-JobState $id
$size = Get-Size
$times = 'started', 'finished' | ForEach-Object { Read-Word "$folder\$_" }
"$($job.State) $($job.Code) $size $times $(Get-Seconds) $($job.Rebooted)"

# The job has it open for writing.
$file = [IO.File]::Open("$folder\output", 'Open', 'Read', 'ReadWrite')
try {
    $bytes = New-Object byte[] ([Math]::Max(0, [Math]::Min([long]$most, $size - [long]$offset)))
    $null = $file.Seek([long]$offset, 'Begin')
    $read = $file.Read($bytes, 0, $bytes.Length)
    [Convert]::ToBase64String($bytes, 0, $read)
} finally {
    $file.Close()
}
