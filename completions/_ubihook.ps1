Register-ArgumentCompleter -Native -CommandName ubihook -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $start = $commandAst.CommandElements[0].Extent.StartOffset
    $line = $commandAst.Extent.Text.Substring($start - $commandAst.Extent.StartOffset)
    $length = $cursorPosition - $start
    $shell = $env:COMPLETE
    try {
        $env:COMPLETE = 'powershell'
        $env:_UBIHOOK_LINE = $line.PadRight($length).Substring(0, $length)
        & 'ubihook' -- | ForEach-Object {
            $value, $help = $_.Split("`t") | ForEach-Object { [uri]::UnescapeDataString($_) }
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    }
    finally {
        $env:COMPLETE = $shell
        $env:_UBIHOOK_LINE = $null
    }
}
