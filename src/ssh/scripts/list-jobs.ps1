# One line for every job, as list-jobs.sh. Needs job-state.ps1.
foreach ($folder in Get-ChildItem -Directory -Path $jobs -ErrorAction SilentlyContinue) {
    $job = Get-JobState $folder.Name
    $words = 'started', 'finished', 'boot-id', 'run-url' | ForEach-Object { Read-Word "$($folder.FullName)\$_" }
    "$($folder.Name) $($job.State) $($job.Code) $words"
}
