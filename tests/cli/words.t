# What the program says without doing anything.
$ hug version
✓ hug version
  version: [[\d+\.\d+\.\d+]]
$ hug --version
[[\d+\.\d+\.\d+]]
$ hug version --json
{"version": "[[\d+\.\d+\.\d+]]"}
$ hug --format quiet version
[[\d+\.\d+\.\d+]]
$ hug version --json --format human
?2
! mutually exclusive
$ hug
Everything people do with model hubs, in one binary.
...
$ hug donwload
?2
! no such command 'hug donwload' (did you mean 'download'?)
! hint: run 'hug --help'
$ hug repos tga
?2
! did you mean 'tag'?
$ hug download x/y --revison main
?2
! no such option '--revison' (did you mean '--revision'?)
$ hug download x/y --max-workers none
?2
! invalid value for '--max-workers': 'none' is not a whole number
$ hug download x/y --revision
?2
! option '--revision' needs a value
$ hug version surplus
?2
! unexpected argument 'surplus'
$ hug version --json surplus 2>&1
{"error": {"code": "usage", "message": "unexpected argument 'surplus'", [[.*]]}}
?2
# A command that needs arguments explains itself without any.
$ hug download | head -1
Usage: hug download [OPTIONS] REPO_ID [FILENAMES...]
$ hug help repos tag create | head -1
Usage: hug repos tag create [OPTIONS] REPO_ID TAG
$ hug help --json | python3 -c 'import json,sys; d = json.load(sys.stdin); print(d["name"], len(d["commands"]) > 8)'
hug True
# A full disk is a failure, a reader that leaves is not.
$ hug version > /dev/full
?7
! cannot write to standard output
$ hug help --json | head -c 1 > /dev/null; echo $?
0
$ hug __complete -- dow
download	Download files or a whole repository.
$ hug __complete -- models list --sort d
downloads
$ hug __complete -- download --max-w
--max-workers	Files at once.
$ hug __complete -- repos tag cr
create	Create a tag.
$ hug completion bash | bash -n && hug completion powershell | head -1 | cut -c 3-
PowerShell completion for hug
$ hug completion tcsh
?2
! 'tcsh' is not one of
# Called as hf it keeps that program's words and statuses.
$ hf version
✓ hf version
  version: [[\d+\.\d+\.\d+]]
$ hf download no/where --token
?2
! Error: option '--token' needs a value
