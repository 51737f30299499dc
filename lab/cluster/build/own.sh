#!/bin/bash
# own.sh SOURCE OUT: builds a small program of ours (a main package without dependencies) into the folder OUT.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

source=$1
begin "$2"
cd "$source"
go build -o "$WORK/bin/$(basename "$source")" -ldflags '-s -w' main.go
finish
