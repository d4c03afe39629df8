# PowerShell completion for hug
Register-ArgumentCompleter -Native -CommandName hug -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    ForEach-Object { $_.ToString() })
  if (-not $wordToComplete) { $words += '' }
  & hug __complete -- @words 2>$null | ForEach-Object {
    $value, $meaning = $_ -split "`t", 2
    if ($value -like ':*') { return }
    if (-not $meaning) { $meaning = $value }
    if ($value -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new(
        $value, $value, 'ParameterValue', $meaning)
    }
  }
}
